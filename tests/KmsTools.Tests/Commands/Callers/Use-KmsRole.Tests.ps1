BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $trust = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:*","Condition":{"StringEqualsIfExists":{"sts:ExternalId":"partner-1"}}}}'
    $keys = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*"}}'
    $session = 'arn:aws:sts::111122223333:assumed-role/deploy/KmsTools'
    $owner = "arn:aws:iam::111122223333:user/$([Environment]::UserName)"
    function Get-LastCaller { (Get-KmsEvent -EventName CreateKey | Select-Object -Last 1).UserIdentity.arn }
}

AfterAll { Disconnect-Kms }

Describe 'Use-KmsRole' {
    BeforeEach {
        $null = Connect-Kms -Temporary
        $null = New-KmsPrincipal -RoleName deploy -Path /ops/ -TrustPolicy $trust
        $null = Add-KmsPrincipalPolicy -RoleName deploy -PolicyName keys -Policy $keys
    }

    It 'runs a script block as the role, and the calls after it as before' {
        $written = Use-KmsRole deploy { (Get-KmsConnection).Caller; $null = New-KmsKey; Get-LastCaller }
        $written | Should -BeExactly $session, $session
        (Get-KmsConnection).Caller | Should -BeExactly $owner
        $null = New-KmsKey
        Get-LastCaller | Should -BeExactly $owner
    }

    It 'ends the role when the script block fails' {
        { Use-KmsRole deploy { throw 'failed' } } | Should -Throw 'failed'
        (Get-KmsConnection).Caller | Should -BeExactly $owner
    }

    It 'makes the calls of the session as the role until it is stopped' {
        Use-KmsRole -RoleArn arn:aws:iam::111122223333:role/ops/deploy -SessionName release-7 | Should -BeNullOrEmpty
        (Get-KmsConnection).Caller | Should -BeExactly 'arn:aws:sts::111122223333:assumed-role/deploy/release-7'
        (Get-KmsConnection).CallerSource | Should -BeExactly 'Use-KmsRole'
        $null = New-KmsKey
        Get-LastCaller | Should -BeExactly 'arn:aws:sts::111122223333:assumed-role/deploy/release-7'
        Use-KmsRole -Stop
        (Get-KmsConnection).Caller | Should -BeExactly $owner
    }

    It 'is chosen for each runspace, which begins with that of the session' {
        $module = $env:KMSTOOLS_TEST_MODULE
        $callers = Use-KmsRole deploy -SessionName outer {
            'a', 'b' | ForEach-Object -UseNewRunspace -Parallel {
                Import-Module $using:module
                (Get-KmsConnection).Caller
                Use-KmsRole deploy -SessionName "inner-$_"
                (Get-KmsConnection).Caller
            }

            (Get-KmsConnection).Caller
        }
        $callers.Count | Should -Be 5
        $callers -replace '.*/' | Sort-Object | Should -BeExactly 'inner-a', 'inner-b', 'outer', 'outer', 'outer'
        $callers[-1] | Should -BeLike '*/outer'
    }

    It 'gives everything that AssumeRole takes' {
        $credential = Use-KmsRole deploy -DurationInSeconds 900 -Policy $keys -Tag @{ TagKey = 'team'; TagValue = 'red' } -TransitiveTagKey team -ExternalId partner-1 `
            -SourceIdentity carol -SerialNumber arn:aws:iam::111122223333:mfa/alice -TokenCode 123456 -PassThru
        $credential | Should -BeOfType KmsTools.TemporaryCredentials
        $credential.AccessKeyId | Should -Match '^ASIA[A-Z2-7]{16}$'
        ($credential.Expiration - [datetime]::UtcNow).TotalSeconds | Should -BeGreaterThan 600
        $null = New-KmsKey
        $identity = (Get-KmsEvent -EventName CreateKey | Select-Object -Last 1).UserIdentity
        $identity.accessKeyId | Should -BeExactly $credential.AccessKeyId
        $identity.sessionContext.attributes.mfaAuthenticated | Should -BeExactly 'true'
        $identity.sessionContext.sourceIdentity | Should -BeExactly 'carol'
        $parameters = (Get-KmsEvent -EventName AssumeRole).RequestParameters
        $parameters.durationSeconds, $parameters.externalId, $parameters.policy, $parameters.transitiveTagKeys[0] | Should -BeExactly 900, 'partner-1', $keys, 'team'
        "$($parameters.tags[0].key)=$($parameters.tags[0].value)" | Should -BeExactly 'team=red'
        (Get-KmsEvent -EventName AssumeRole).CloudTrailEvent | Should -Not -Match '123456'
    }

    It 'is refused as AWS refuses it, and changes nothing' {
        $refusal = Get-ErrorOf { Use-KmsRole deploy -ExternalId other }
        Get-ErrorCode $refusal | Should -Be 'AccessDenied'
        $refusal.TargetObject | Should -Be 'deploy'
        "$refusal" | Should -BeExactly "User: $owner is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/ops/deploy"
        Get-ErrorCode (Get-ErrorOf { Use-KmsRole none }) | Should -Be 'AccessDenied'
        (Get-KmsConnection).Caller | Should -BeExactly $owner
    }

    It 'ends with the role' {
        Use-KmsRole deploy
        $null = Remove-KmsPrincipal -RoleName deploy -Force
        $refusal = Get-ErrorOf { New-KmsKey }
        Get-ErrorCode $refusal | Should -Be 'UnrecognizedClientException'
        Use-KmsRole -Stop
        (New-KmsKey).KeyState | Should -Be 'Enabled'
    }
}
