BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $start = (Get-KmsClock).UtcNow
    $key = New-KmsKey
    New-KmsAlias $key.KeyId -AliasName alias/app
    $other = New-KmsKey -Region eu-west-1
    $null = Step-KmsClock -Days 1
    $null = Invoke-KmsEncrypt alias/app -Plaintext x -EncryptionContext @{ Case = 'kept' }
    $null = Get-ErrorOf { Get-KmsKey alias/none }
}

AfterAll {
    Disconnect-Kms
}

Describe 'Get-KmsEvent' {
    It 'lists what was called, in order, refused calls as well' {
        (Get-KmsEvent).EventName | Should -Be 'CreateKey', 'CreateAlias', 'CreateKey', 'StepClock', 'Encrypt', 'DescribeKey'
        (Get-KmsEvent).ErrorCode | Should -Be $null, $null, $null, $null, $null, 'NotFoundException'
    }

    It 'finds the events of a key by <Form>' -ForEach @(
        @{ Form = 'ID'; Name = { $key.KeyId } }
        @{ Form = 'ARN'; Name = { $key.Arn } }
        @{ Form = 'alias'; Name = { 'alias/app' } }
    ) {
        (Get-KmsEvent (& $Name)).EventName | Should -Be 'CreateKey', 'CreateAlias', 'Encrypt'
    }

    It 'takes keys from the pipeline' {
        ($key | Get-KmsEvent -Last 1).EventName | Should -Be 'Encrypt'
        ($other.Arn | Get-KmsEvent).AwsRegion | Should -Be 'eu-west-1'
    }

    It 'filters by name, Region and time' {
        (Get-KmsEvent -EventName CreateKey).AwsRegion | Should -Be 'us-east-1', 'eu-west-1'
        (Get-KmsEvent -Region eu-west-1).EventName | Should -Be 'CreateKey'
        (Get-KmsEvent -After $start.AddHours(1)).EventName | Should -Be 'Encrypt', 'DescribeKey'
        (Get-KmsEvent -Before $start.AddHours(1) -Last 2).EventName | Should -Be 'CreateKey', 'StepClock'
    }

    It 'tells who called, with what and about what' {
        $recorded = Get-KmsEvent -EventName Encrypt
        $recorded.UserIdentity.accountId | Should -Be '111122223333'
        $recorded.RequestParameters.encryptionContext.Case | Should -BeExactly 'kept'
        $recorded.Resources | Should -Contain $key.Arn
        $recorded.EventType | Should -Be 'AwsApiCall'
        $recorded.EventTime | Should -Be $start.AddDays(1)
        $recorded.EventTime.Kind | Should -Be 'Utc'
    }

    It 'holds the whole record as JSON' {
        $json = (Get-KmsEvent -EventName DescribeKey).CloudTrailEvent | ConvertFrom-Json
        $json.eventSource | Should -Be 'kms.amazonaws.com'
        $json.errorCode | Should -Be 'NotFoundException'
        $json.errorMessage | Should -BeExactly 'Alias arn:aws:kms:us-east-1:111122223333:alias/none is not found.'
    }

    It 'refuses an alias that does not exist, and -Last 0' {
        $refusal = Get-ErrorOf { Get-KmsEvent alias/none }
        $refusal.FullyQualifiedErrorId | Should -Be 'NotFoundException,KmsTools.Commands.GetKmsEventCommand'
        $refusal.TargetObject | Should -Be 'alias/none'
        (Get-ErrorOf { Get-KmsEvent -Last 0 }).FullyQualifiedErrorId | Should -BeLike 'ParameterArgumentValidationError,*'
    }
}

Describe 'A key without events' {
    It 'is told by a warning of <_>' -ForEach 'Get-KmsEvent', 'Watch-KmsEvent -Timeout 1s' {
        $unknown = '11111111-2222-4333-8444-555555555555'
        $call = [scriptblock]::Create("$_ @args -WarningVariable said 3> `$null; `$said")
        & $call -KeyId $unknown | Should -BeExactly "There are no events about $unknown. Get-KmsKey lists the keys of a Region."
        & $call -KeyId $unknown -Region eu-west-1 | Should -BeExactly "There are no events about $unknown in eu-west-1. Get-KmsKey lists the keys of a Region."
        & $call -KeyId (New-KmsKey).KeyId -EventName Decrypt | Should -BeNullOrEmpty
        & $call -EventName RotateKeyOnDemand -Region eu-west-1 | Should -BeNullOrEmpty
    }
}
