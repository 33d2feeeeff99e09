"""What the site and its provider of identities are called unless an installation says so; pages translate these."""

SITE = "算力券服务平台"
IDENTITY = "统一身份认证"
