BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $alice = 'arn:aws:iam::111122223333:user/alice'
    $owner = "arn:aws:iam::111122223333:user/$([Environment]::UserName)"
    $trust = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"},"Action":"sts:*"}}'
    $keys = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*"}}'
    $mismatch = 'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. ' +
        'Consult the service documentation for details.'
    function Get-LastCaller { (Get-KmsEvent -EventName ListKeys | Select-Object -Last 1).UserIdentity.arn }
    function New-Profiles([string[]] $Lines) {
        $file = Join-Path $TestDrive ([guid]::NewGuid())
        $Lines | Set-Content $file
        $file
    }
}

AfterAll { Disconnect-Kms }

Describe 'The caller' {
    BeforeEach {
        $null = Connect-Kms -Temporary
        $key = New-KmsAccessKey alice
        $id, $secret = $key.AccessKeyId, $key.SecretAccessKey
    }

    It 'is the user of the operating system' {
        $null = Get-KmsKeyList
        Get-LastCaller | Should -BeExactly $owner
    }

    It 'of a call is that of its access key' {
        $null = Get-KmsKeyList -AccessKey $id -SecretKey $secret
        Get-LastCaller | Should -BeExactly $alice
        (Get-KmsEvent -EventName ListKeys).UserIdentity.accessKeyId | Should -BeExactly $id
        $null = Get-KmsKeyList
        Get-LastCaller | Should -BeExactly $owner
    }

    It 'must know the secret, and the store must know the key' {
        $refusal = Get-ErrorOf { Get-KmsKeyList -AccessKey $id -SecretKey wrong }
        Get-ErrorCode $refusal | Should -Be 'InvalidSignatureException'
        "$refusal" | Should -BeExactly $mismatch
        Get-ErrorCode (Get-ErrorOf { Get-KmsKeyList -AccessKey AKIANONE -SecretKey $secret }) | Should -Be 'UnrecognizedClientException'
        Get-ErrorCode (Get-ErrorOf { Get-KmsKeyList -AccessKey $id -SecretKey $secret -SessionToken none }) | Should -Be 'UnrecognizedClientException'
        "$(Get-ErrorOf { Get-KmsKeyList -AccessKey $id })" | Should -BeExactly '-AccessKey needs -SecretKey.'
        "$(Get-ErrorOf { Get-KmsKeyList -SecretKey $secret })" | Should -BeExactly '-SecretKey needs -AccessKey.'
        Get-KmsEvent -EventName ListKeys | Should -BeNullOrEmpty
    }

    It 'of a call is that of credentials in one object' {
        $sdk = [pscustomobject] @{} | Add-Member ScriptMethod GetCredentials { [pscustomobject] @{ AccessKey = $id; SecretKey = $secret; Token = '' } } -PassThru
        $pair = [pscredential]::new($id, (ConvertTo-SecureString $secret -AsPlainText -Force))
        foreach ($credential in $key, [pscustomobject] @{ AccessKey = $id; SecretKey = $secret; Token = $null }, $sdk, $pair) {
            $null = Get-KmsKeyList -Credential $credential
            Get-LastCaller | Should -BeExactly $alice
            $null = Get-KmsKeyList
        }

        Get-ErrorCode (Get-ErrorOf { Get-KmsKeyList -Credential 'text' }) | Should -Be 'InvalidArgument'
    }

    It 'of a call is that of temporary credentials' {
        $null = New-KmsPrincipal -RoleName deploy -TrustPolicy $trust
        $null = Add-KmsPrincipalPolicy -RoleName deploy -PolicyName keys -Policy $keys
        Set-KmsCaller $alice
        $session = Use-KmsRole deploy -PassThru
        Set-KmsCaller -Default
        $null = Get-KmsKeyList -Credential $session
        Get-LastCaller | Should -BeExactly 'arn:aws:sts::111122223333:assumed-role/deploy/KmsTools'
        $null = Get-KmsKeyList -AccessKey $session.AccessKeyId -SecretKey $session.SecretAccessKey -SessionToken $session.SessionToken
        Get-LastCaller | Should -BeExactly 'arn:aws:sts::111122223333:assumed-role/deploy/KmsTools'
        Get-ErrorCode (Get-ErrorOf { Get-KmsKeyList -AccessKey $session.AccessKeyId -SecretKey $session.SecretAccessKey }) | Should -Be 'UnrecognizedClientException'
    }

    It 'of a call is that of a profile' {
        $file = New-Profiles '# comment', '[other]', 'aws_access_key_id = AKIAOTHER', 'aws_secret_access_key = x', '', '[deploy]', "aws_access_key_id=$id", "aws_secret_access_key = $secret"
        $null = Get-KmsKeyList -ProfileName deploy -ProfileLocation $file -WarningVariable said
        Get-LastCaller | Should -BeExactly $alice
        $said | Should -BeNullOrEmpty
    }

    It 'of a profile with a role is the session of the role, which is assumed once' {
        $null = New-KmsPrincipal -RoleName deploy -TrustPolicy $trust
        $null = Add-KmsPrincipalPolicy -RoleName deploy -PolicyName keys -Policy $keys
        $file = New-Profiles '[base]', "aws_access_key_id = $id", "aws_secret_access_key = $secret", '[deploy]', 'role_arn = arn:aws:iam::111122223333:role/deploy', 'source_profile = base', 'role_session_name = ci'
        1..3 | ForEach-Object { $null = Get-KmsKeyList -ProfileName deploy -ProfileLocation $file }
        Get-LastCaller | Should -BeExactly 'arn:aws:sts::111122223333:assumed-role/deploy/ci'
        @(Get-KmsEvent -EventName AssumeRole).UserIdentity.arn | Should -BeExactly $alice
    }

    It 'is not that of a profile that the store does not know, and a warning says so' {
        $file = New-Profiles '[other]', 'aws_access_key_id = AKIAOTHER', 'aws_secret_access_key = x', '[loop]', 'role_arn = arn:aws:iam::111122223333:role/deploy', 'source_profile = loop'
        $reasons = @{
            other = 'this store does not know the access key AKIAOTHER of the profile other'
            none  = "there is no profile none in $file"
            loop  = 'the profile loop is its own source'
        }
        foreach ($name in $reasons.Keys) {
            $null = Get-KmsKeyList -ProfileName $name -ProfileLocation $file -WarningVariable said 3> $null
            "$said" | Should -BeExactly "-ProfileName has no effect: $($reasons[$name]). The caller is $owner."
            Get-LastCaller | Should -BeExactly $owner
            "$(Get-ErrorOf { Set-KmsCaller -ProfileName $name -ProfileLocation $file })" | Should -BeExactly "The profile $name cannot be used: $($reasons[$name])."
        }
    }

    It 'of the session is chosen, shown and put back' {
        Set-KmsCaller $alice
        (Get-KmsConnection).Caller, (Get-KmsConnection).CallerSource | Should -BeExactly $alice, 'Set-KmsCaller'
        $null = Get-KmsKeyList
        Get-LastCaller | Should -BeExactly $alice
        $null = Set-KmsQuota -Name GrantsPerKey -Value 7
        (Get-KmsEvent -EventName SetQuota).UserIdentity.arn | Should -BeExactly $alice
        $bob = New-KmsAccessKey bob
        $null = Get-KmsKeyList -Credential $bob
        Get-LastCaller | Should -BeExactly 'arn:aws:iam::111122223333:user/bob'
        $connection = Set-KmsCaller -Credential $bob -PassThru
        $connection.Caller | Should -BeExactly 'arn:aws:iam::111122223333:user/bob'
        Set-KmsCaller -AccessKey $id -SecretKey $secret
        (Get-KmsConnection).Caller | Should -BeExactly $alice
        Get-ErrorCode (Get-ErrorOf { Set-KmsCaller -AccessKey $id -SecretKey wrong }) | Should -Be 'InvalidSignatureException'
        (Get-KmsConnection).Caller | Should -BeExactly $alice
        Set-KmsCaller -Default
        (Get-KmsConnection).Caller, (Get-KmsConnection).CallerSource | Should -BeExactly $owner, 'the operating system'
    }

    It 'is not that of the environment' {
        $before = $env:AWS_ACCESS_KEY_ID, $env:AWS_SECRET_ACCESS_KEY
        try {
            $env:AWS_ACCESS_KEY_ID, $env:AWS_SECRET_ACCESS_KEY = $id, $secret
            $null = Get-KmsKeyList
        }
        finally { $env:AWS_ACCESS_KEY_ID, $env:AWS_SECRET_ACCESS_KEY = $before }
        Get-LastCaller | Should -BeExactly $owner
    }

    It 'of a rehearsal is that of Set-AWSCredential, if the store knows it' {
        Enable-KmsRehearsal
        try {
            Import-Module AWS.Tools.Common -Force
            Set-AWSCredential -AccessKey $id -SecretKey $secret
            (Get-KmsConnection).Caller, (Get-KmsConnection).CallerSource | Should -BeExactly $alice, 'Set-AWSCredential'
            $null = Get-KmsKeyList
            Get-LastCaller | Should -BeExactly $alice
            Get-AWSCredential | Out-String | Should -Not -Match ([regex]::Escape($secret))
            Set-AWSCredential -AccessKey AKIANONE -SecretKey $secret
            (Get-KmsConnection).Caller | Should -BeExactly $owner
            Set-AWSCredential -Credential ([pscredential]::new($id, (ConvertTo-SecureString $secret -AsPlainText -Force)))
            (Get-KmsConnection).Caller | Should -BeExactly $alice
            Set-KmsCaller arn:aws:iam::111122223333:user/carol
            (Get-KmsConnection).Caller | Should -BeExactly 'arn:aws:iam::111122223333:user/carol'
            Set-AWSCredential -ProfileName deploy -ProfileLocation (New-Profiles '[deploy]', "aws_access_key_id = $id", "aws_secret_access_key = $secret")
            (Get-KmsConnection).Caller | Should -BeExactly $alice
            Clear-AWSCredential
            (Get-KmsConnection).Caller | Should -BeExactly 'arn:aws:iam::111122223333:user/carol'
        }
        finally {
            Clear-AWSCredential
            Disable-KmsRehearsal
        }
    }
}
