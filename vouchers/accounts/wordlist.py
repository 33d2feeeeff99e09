"""Words that passwords are made of all over the world and here: names, places, keys in a row, the trade's own words.

A password is looked up by its core, what is left when digits and signs around it are taken off and digits inside are
read as the letters they stand for: one word here refuses all of its usual spellings, thousands of passwords each.
"""

_WORDS = """
    aaa aaaa aaaaaa abc abcabc abcd abcde abcdef abcdefg abcdefgh access account accounts admin adminadmin
    administrator admins alibaba alipay aliyun always amanda andrew android angel angels anything apple april asd
    asdf asdfg asdfgh asdfghjkl ashley audit auditor august autumn baba baby babygirl baidu banan banana bangong
    bangongshi bank baobei baseball basketball batman beijing bible black blessed blue bmw business butter cai caiwu
    caizheng cao captain ceshi change changeme changsha charlie cheese chen cheng chengdu chenjing chenwei cherry
    china chocolate chongqing church cisco cloud coffee company compute computer computers computing cookie
    corporate dai daming dangyuan daniel danwei dashuju database december default demo deng denglu diamond didi ding
    director docker dong dragon du eagle erzi example faith falcon fall family february feng ferrari finance
    firewall first flower football forever freedom friday friend friends fu fujian fuwu gansu gao gege general
    george ghost ginger github gitlab god gold golf gongchandang gongsi google gov government gpu green guangdong
    guangxi guangzhou guanli guanliyuan guest guizhou guo guojia hacker hainan haizi han hangzhou hannah happy
    harley he heaven hebei heilongjiang hello helloword helloworld helpdesk henan hi hockey honda honey hongqi hope
    hu huang huawei hubei hunan hunter iloveu iloveyou init initial internet iphone ironman january jenkins jennifer
    jessica jesus jia jiang jiangbei jiangsu jiangxi jiefang jiejie jilin jishu jiulongpo jordan joshua july june
    keji killer king kings kouling kuaiji kubernetes laogong laopo letmein li liang liaoning lijing lily liming lin
    lina linux lion lisi liu liufang liuwei liuyang liwei login logon longma love lovely lover loveyou lu lucky luo
    lv ma maggie magic mama manager march master matrix matthew may meimei mercedes michael microsoft mima minecraft
    minzu monday money mongodb monkey moren mypass mypassword mysql nanan nanjing naruto neimenggu network never
    newpass newpassword nicole nihao nihaoma ningxia ninja nobody nopassword nothing november nver nvidia october
    office oldpassword operator oracle orange pan panda party pass passcode passphrase passwd password passwords
    payment peace peach peng pengyou people pepper phantom phoenix pingtai pirate pizza pokemon porsche postgres
    postgresql prince princess private public purple qazwsx qazwsxedc qinghai qiye quan queen qwe qweasd qweasdzxc
    qwert qwerty qwertyuiop red redis ren renmin robert root rose router safety sample samsung samurai saturday
    secret secrets secretword secure security september server servers service services shadow shandong shanghai
    shanxi shapingba shen shenhe shenji shenzhen shuju shujuju sichuan signin silver smile soccer soldier someone
    something song spiderman spring starwars su suanli suanlijuan suanliquan summer sun sunday sunshine super
    superman superuser supervisor support suzhou sweet sweety switch sysadmin system tang taobao temp tempo
    temporary tencent tennis test tester testing tests thomas thursday tian tianjin tiger today tomorrow toor toyota
    trustno trustnoone tuesday ubuntu user username users voucher vouchers wang wangfang wangming wangwei wangwu
    wangxiuying warrior wechat wednesday wei weixin weixing welcome welcomes whatever white wifi windows winter
    wireless wizard woaini world woshi wu wuhan xia xian xiao xiaohong xiaoli xiaomi xiaoming xiaowang xie xiexie
    xinjiang xinxi xitong xizang xu xue yamaha yan yang yangyang ye yellow yonghu yourpassword yu yuan yubei yunnan
    yuzhong zaijian zeng zhang zhanghao zhangjing zhangmin zhangsan zhangwei zhao zhaowei zhejiang zheng zhengfu
    zhengzhou zhong zhongguo zhou zhu zuguo zxc zxcv zxcvb zxcvbn zxcvbnm
"""
COMMON = frozenset(_WORDS.split())
