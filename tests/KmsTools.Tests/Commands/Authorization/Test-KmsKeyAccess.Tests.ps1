BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $null = Connect-Kms -Temporary
    $key = New-KmsKey
    New-KmsAlias -AliasName alias/orders -TargetKeyId $key.KeyId
    $encryptOnly = @{ Statement = @{ Effect = 'Allow'; Action = 'kms:Encrypt'; Resource = '*' } }
    $null = New-KmsPrincipal alice -Policy @{ encrypt = $encryptOnly }
    $arn = 'arn:aws:iam::111122223333:user/alice'
}

AfterAll {
    Disconnect-Kms
}

Describe 'Test-KmsKeyAccess' {
    It 'explains the decision about a call, and records nothing' {
        $before = @(Get-KmsEvent).Count
        $allowed = Test-KmsKeyAccess alias/orders Encrypt user/alice
        $allowed | Should -BeOfType ([KmsTools.AccessTestResult])
        "$($allowed.Decision) | $($allowed.Reason)" | Should -BeExactly 'Allowed | key policy: account + identity-based policy'
        $allowed.Statement.ForEach({ "$_" }) | Should -Be 'statement 1 (Enable IAM User Permissions) of default', 'statement 1 of encrypt'

        $denied = $key | Test-KmsKeyAccess -Operation Decrypt -Principal $arn
        $denied.Decision | Should -Be 'ImplicitlyDenied'
        $denied.Missing | Should -BeExactly "A policy of $arn has to allow kms:Decrypt on $($key.Arn)."
        $denied.Message | Should -BeExactly "User: $arn is not authorized to perform: kms:Decrypt on resource: $($key.Arn) because no identity-based policy allows the kms:Decrypt action"
        @(Get-KmsEvent).Count | Should -Be $before
    }

    It 'takes several principals and operations, an encryption context, grant tokens and values of condition keys' {
        $grant = New-KmsGrant -KeyId $key.KeyId -GranteePrincipal arn:aws:iam::111122223333:user/bob -Operation Decrypt -Constraints_EncryptionContextEqual @{ order = '1' }
        $null = New-KmsPrincipal bob
        $results = Test-KmsKeyAccess $key.KeyId Encrypt, Decrypt user/alice, user/bob -EncryptionContext @{ order = '1' } -GrantToken $grant.GrantToken
        $results.Decision | Should -Be 'Allowed', 'ImplicitlyDenied', 'ImplicitlyDenied', 'Allowed'
        $results[3].GrantId | Should -BeExactly $grant.GrantId
        (Test-KmsKeyAccess $key.KeyId Decrypt user/bob -EncryptionContext @{ order = '2' }).Decision | Should -Be 'ImplicitlyDenied'

        Add-KmsPrincipalPolicy bob -PolicyName p -Policy @{ Statement = @{ Effect = 'Allow'; Action = '*'; Resource = '*'; Condition = @{ Bool = @{ 'aws:SecureTransport' = $true }; NumericLessThan = @{ 'kms:RotationPeriodInDays' = 100 } } } }
        (Test-KmsKeyAccess $key.KeyId EnableKeyRotation user/bob -Context @{ 'kms:RotationPeriodInDays' = 99 }).Decision | Should -Be 'Allowed'
        $failed = Test-KmsKeyAccess $key.KeyId EnableKeyRotation user/bob -Context @{ 'kms:RotationPeriodInDays' = 100; 'aws:SecureTransport' = $null }
        $failed.FailedCondition.ForEach({ "$_" }) | Sort-Object | Should -Be @(
            'statement 1 of p: Bool aws:SecureTransport expects true; the call does not have it.'
            'statement 1 of p: NumericLessThan kms:RotationPeriodInDays expects 100; the call has 100.')
    }

    It 'shows who may do what with a key' {
        $rows = Test-KmsKeyAccess alias/orders
        $rows | Should -BeOfType ([KmsTools.KeyAccess])
        $mine = $rows | Where-Object Principal -EQ $arn
        $mine.Decision | Should -Be 'Allowed', 'ImplicitlyDenied'
        $mine[0].Operation | Should -Be 'Encrypt'
        ($rows | Where-Object Principal -EQ arn:aws:iam::111122223333:root).IsEverything | Should -BeTrue
        (Test-KmsKeyAccess alias/orders Encrypt).Principal | Should -Contain $arn
        (Test-KmsKeyAccess alias/orders -Principal user/alice).Operation | Should -Contain 'GenerateDataKey'

        $PSStyle.OutputRendering = 'PlainText'
        $lines = $rows | Out-String -Width 80 -Stream | Where-Object Length
        ($lines | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual 80
        $lines | Should -Contain "   Principal: $arn"
        $lines | Should -Contain 'Allowed          all 29                             key policy: principal'
    }

    It 'decides without a store about what is given, and nothing else' {
        Disconnect-Kms
        try {
            $question = @{
                Principal = $arn
                Resource  = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
            }
            (Test-KmsKeyAccess @question -Action kms:Encrypt -IdentityPolicy $encryptOnly).Decision | Should -Be 'Allowed'
            (Test-KmsKeyAccess @question -Action kms:Encrypt, kms:Decrypt -IdentityPolicy ($encryptOnly | ConvertTo-Json -Depth 5), $encryptOnly).Decision |
                Should -Be 'Allowed', 'ImplicitlyDenied'
            $keyPolicy = @{ Statement = @{ Effect = 'Allow'; Principal = '*'; Action = 'kms:*'; Resource = '*'; Condition = @{ DateLessThan = @{ 'aws:CurrentTime' = '2026-06-01' } } } }
            (Test-KmsKeyAccess @question -Action kms:Encrypt -KeyPolicy $keyPolicy).Reason | Should -BeExactly 'no resource-based policy'
            (Test-KmsKeyAccess @question -Action kms:Encrypt -KeyPolicy $keyPolicy -At 2026-05-31).Reason | Should -BeExactly 'key policy: principal'
            (Test-KmsKeyAccess @question -Action kms:Encrypt -KeyPolicy $keyPolicy -At 2026-06-02).Reason | Should -BeExactly 'no resource-based policy'
            (Test-KmsKeyAccess @question -Action kms:Encrypt -IdentityPolicy $encryptOnly -PermissionsBoundary '{"Statement":[]}').Reason |
                Should -BeExactly 'no permissions boundary'
            (Test-KmsKeyAccess @question -Action kms:Encrypt -IdentityPolicy $encryptOnly -SessionPolicy '{"Statement":[]}').Reason |
                Should -BeExactly 'no session policy'
            (Test-KmsKeyAccess @question -Action kms:Encrypt -IdentityPolicy $encryptOnly -ServiceControlPolicy @($encryptOnly), @('{"Statement":[]}')).Reason |
                Should -BeExactly 'service control policy (implicit)'
            (Test-KmsKeyAccess @question -Action kms:Encrypt -IdentityPolicy $encryptOnly -ResourceAccount 444455556666).Reason |
                Should -BeExactly 'cross-account: no resource-based policy'
            $rcp = @{ Statement = @{ Effect = 'Deny'; Principal = '*'; Action = 'kms:*'; Resource = '*' } }
            (Test-KmsKeyAccess @question -Action kms:Encrypt -IdentityPolicy $encryptOnly -ResourceControlPolicy $rcp).Decision |
                Should -Be 'ExplicitlyDenied'
            { Test-KmsKeyAccess @question -Action kms:Encypt } | Should -Throw '*is not an action of AWS KMS*'
            { Test-KmsKeyAccess @question -Action kms:Encrypt -KeyPolicy '{' } | Should -Throw -ErrorId 'MalformedPolicyDocumentException,*'
        }
        finally {
            $null = Connect-Kms -Temporary
        }
    }

    It 'refuses a key that is not there' {
        { Test-KmsKeyAccess alias/none Encrypt user/alice } | Should -Throw -ErrorId 'NotFoundException,*'
    }
}

Describe 'Test-KmsKeyAccess, with a key that a service creates' {
    It 'decides about the key of a service before it exists as afterwards, by <_>, and makes none' -ForEach 'alias/aws/s3', 'arn:aws:kms:us-east-1:111122223333:alias/aws/s3' {
        $null = Connect-Kms -Temporary
        try {
            $alice = 'arn:aws:iam::111122223333:user/alice'
            $null = New-KmsPrincipal alice -Policy @{ all = '{"Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*"}}' }
            $name = $_
            $operations = 'Encrypt', 'CreateGrant', 'GetKeyPolicy', 'ScheduleKeyDeletion'
            (Test-KmsKeyAccess $name $operations $alice).Decision | Should -Be 'ImplicitlyDenied', 'ImplicitlyDenied', 'Allowed', 'ImplicitlyDenied'
            Set-KmsAuthorization -AllowDirectUseOfAwsManagedKeys $true
            $direct = Test-KmsKeyAccess $name $operations $alice
            $direct.Resource | Select-Object -Unique | Should -BeExactly 'arn:aws:kms:us-east-1:111122223333:alias/aws/s3'
            $direct[3].Message | Should -BeLike '*on resource: arn:aws:kms:us-east-1:111122223333:alias/aws/s3 *'
            (Test-KmsKeyAccess $name | Where-Object Principal -EQ $alice).KeyArn | Select-Object -Unique | Should -BeExactly 'arn:aws:kms:us-east-1:111122223333:alias/aws/s3'
            Get-KmsKeyList | Should -BeNullOrEmpty
            $null = Invoke-KmsEncrypt $name -Plaintext 'x'
            (Test-KmsKeyAccess $name $operations $alice).Decision | Should -Be $direct.Decision
            $direct[0].Decision | Should -Be 'Allowed'
            { Test-KmsKeyAccess alias/aws/nothing Encrypt } | Should -Throw -ErrorId 'NotFoundException,*'
            { Test-KmsKeyAccess arn:aws:kms:eu-west-1:111122223333:alias/aws/ebs Encrypt -Region us-east-1 } | Should -Throw -ErrorId 'NotFoundException,*'
        }
        finally {
            Disconnect-Kms
        }
    }
}
