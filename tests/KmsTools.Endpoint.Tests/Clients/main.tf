# What an application has of AWS KMS, for the AWS provider of Terraform. The credentials are in the environment.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "url" {}
variable "cluster" {}
variable "anchor" {}
variable "stage" { default = "first" }
variable "rotation_days" { default = 180 }

provider "aws" {
  region = "us-east-1"
  endpoints {
    kms = var.url
    sts = var.url
  }
}

provider "aws" {
  alias  = "west"
  region = "us-west-2"
  endpoints {
    kms = var.url
    sts = var.url
  }
}

provider "aws" {
  alias  = "app"
  region = "us-east-1"
  assume_role {
    role_arn     = "arn:aws:iam::111122223333:role/app"
    session_name = "terraform"
    external_id  = "partner-1"
  }
  endpoints {
    kms = var.url
    sts = var.url
  }
}

locals {
  policy = jsonencode({
    Version = "2012-10-17"
    Id      = "key-default-1"
    Statement = [
      { Sid = "Account", Effect = "Allow", Principal = { AWS = "arn:aws:iam::111122223333:root" }, Action = "kms:*", Resource = "*" },
      {
        Sid       = "Use"
        Effect    = "Allow"
        Principal = { AWS = ["arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:user/bob"] }
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"]
        Resource  = "*"
      },
    ]
  })
}

resource "aws_kms_key" "main" {
  description             = "main, ${var.stage}"
  enable_key_rotation     = true
  rotation_period_in_days = var.rotation_days
  deletion_window_in_days = 7
  policy                  = local.policy
  tags                    = { Stage = var.stage, Team = "payments" }
}

resource "aws_kms_key" "plain" {}

resource "aws_kms_key_policy" "plain" {
  key_id = aws_kms_key.plain.key_id
  policy = local.policy
}

resource "aws_kms_key" "signing" {
  customer_master_key_spec = "ECC_NIST_P256"
  key_usage                = "SIGN_VERIFY"
}

resource "aws_kms_key" "mac" {
  customer_master_key_spec = "HMAC_256"
  key_usage                = "GENERATE_VERIFY_MAC"
}

resource "aws_kms_key" "primary" {
  multi_region = true
}

resource "aws_kms_replica_key" "west" {
  provider                = aws.west
  primary_key_arn         = aws_kms_key.primary.arn
  description             = "replica"
  deletion_window_in_days = 7
}

resource "aws_kms_external_key" "imported" {
  key_material_base64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
  enabled             = true
  tags                = { Stage = var.stage }
}

resource "aws_kms_external_key" "pending" {}

resource "aws_kms_alias" "main" {
  name          = "alias/app-main"
  target_key_id = aws_kms_key.main.key_id
}

resource "aws_kms_alias" "moving" {
  name_prefix   = "alias/app-"
  target_key_id = var.stage == "first" ? aws_kms_key.main.key_id : aws_kms_key.plain.arn
}

resource "aws_kms_grant" "app" {
  name               = "app"
  key_id             = aws_kms_key.main.key_id
  grantee_principal  = "arn:aws:iam::111122223333:role/app"
  retiring_principal = "arn:aws:iam::111122223333:role/admin"
  operations         = ["Encrypt", "Decrypt", "GenerateDataKey"]
  constraints {
    encryption_context_equals = { Department = "Finance" }
  }
}

resource "aws_kms_custom_key_store" "lab" {
  cloud_hsm_cluster_id     = var.cluster
  custom_key_store_name    = "lab-${var.stage}"
  key_store_password       = "kmsPswd1"
  trust_anchor_certificate = var.anchor
}

resource "aws_kms_ciphertext" "secret" {
  key_id    = aws_kms_key.main.key_id
  plaintext = "hello"
  context   = { purpose = "test" }
}

data "aws_kms_secrets" "all" {
  secret {
    name    = "secret"
    payload = aws_kms_ciphertext.secret.ciphertext_blob
    context = { purpose = "test" }
  }
}

data "aws_caller_identity" "me" {}
data "aws_caller_identity" "app" { provider = aws.app }
data "aws_kms_key" "main" { key_id = aws_kms_alias.main.name }
data "aws_kms_alias" "main" { name = aws_kms_alias.main.name }
data "aws_kms_public_key" "signing" { key_id = aws_kms_key.signing.arn }

output "secret" {
  value     = data.aws_kms_secrets.all.plaintext["secret"]
  sensitive = true
}

output "main" { value = aws_kms_key.main.arn }
output "found" { value = data.aws_kms_key.main.arn }
output "target" { value = data.aws_kms_alias.main.target_key_arn }
output "public_key" { value = data.aws_kms_public_key.signing.public_key_pem }
output "plain" { value = aws_kms_key.plain.key_id }
output "imported" { value = aws_kms_external_key.imported.id }
output "moving" { value = aws_kms_alias.moving.name }
output "replica" { value = aws_kms_replica_key.west.arn }
output "account" { value = data.aws_caller_identity.me.account_id }
output "caller" { value = data.aws_caller_identity.me.arn }
output "app" { value = data.aws_caller_identity.app.arn }
