"""算力券: compute vouchers, from the plan to the last fen. Slices on a ladder; each imports only those below it.

looking back       cli · navigation · workbench 工作台 · operation 运行 · oversight 监督 · certificates 凭证
a voucher's life   settlement 兑付 · subsidies 直接补助 · redemption 核销 · orders 合同与用量 · issuance 发券
                   · notices 公示 · review 审核 · candidates 免申即享 · applications 申报
parties            enterprises 申报企业 · providers 算力服务商 · parties 主体
ground             ledger 账本 · policy 政策
memory, people     signin 登录方式 · files 文件 · messages 站内信 · jobs 后台任务 · accounts 账号与权限 · audit 留痕
foundation         documents · web · db · config · kernel

The layers contract in pyproject.toml holds the order (with the places of slices still to come: clawback 追回,
reports 报表); `factory.py` shows what is plugged in.
"""
