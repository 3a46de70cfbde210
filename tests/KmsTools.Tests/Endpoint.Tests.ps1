BeforeAll {
    $module = $env:KMSTOOLS_TEST_MODULE ?? (Resolve-Path "$PSScriptRoot/../../artifacts/KmsTools").Path
    Import-Module $module -Force
}

Describe 'Access keys' {
    BeforeEach { Connect-Kms -Temporary | Out-Null }
    AfterEach { Disconnect-Kms }

    It 'show their secret once' {
        $key = New-KmsAccessKey alice
        $key.SecretAccessKey.Length | Should -Be 40
        $key.PrincipalArn | Should -Be 'arn:aws:iam::111122223333:user/alice'
        $known = Get-KmsAccessKey $key.AccessKeyId
        $known.PSObject.Properties.Name | Should -Be 'AccessKeyId', 'PrincipalArn', 'CreationDate'
        "$key" | Should -Be $key.AccessKeyId
    }

    It 'are removed by the pipeline' {
        $key = New-KmsAccessKey alice
        $key | Remove-KmsAccessKey -WhatIf
        Get-KmsAccessKey | Should -HaveCount 1
        $key | Remove-KmsAccessKey -Force
        Get-KmsAccessKey | Should -BeNullOrEmpty
        { Remove-KmsAccessKey $key.AccessKeyId -Force } | Should -Throw -ErrorId 'AccessKeyNotFound,KmsTools.Commands.RemoveKmsAccessKeyCommand'
    }

    It 'belong to principals of the account only' {
        { New-KmsAccessKey -PrincipalArn arn:aws:iam::999988887777:user/eve } | Should -Throw -ErrorId 'InvalidArgument,*'
        { New-KmsAccessKey 'not a name' } | Should -Throw -ErrorId 'InvalidArgument,*'
    }
}

Describe 'Endpoints' -Skip:(-not (Get-Command dotnet -ErrorAction Ignore)) {
    BeforeEach { Connect-Kms -Temporary | Out-Null }
    AfterEach { Disconnect-Kms }

    It 'serve the store of the session' {
        $endpoint = Start-KmsEndpoint
        $endpoint.Store | Should -Be (Get-KmsConnection).Path
        (Invoke-RestMethod "$($endpoint.Url)/healthz").status | Should -Be 'ok'
        (Get-KmsEndpoint).Url | Should -Be $endpoint.Url
        $endpoint | Stop-KmsEndpoint
        $endpoint.IsRunning | Should -BeFalse
        $endpoint.Process.ExitCode | Should -Be 0
        Get-KmsEndpoint | Should -BeNullOrEmpty
    }

    It 'end before their temporary store does' {
        $endpoint = Start-KmsEndpoint
        Disconnect-Kms
        $endpoint.IsRunning | Should -BeFalse
        Connect-Kms -Temporary | Out-Null
    }

    It 'say why they do not start' {
        { Start-KmsEndpoint -Path /dev/null/store } | Should -Throw -ErrorId 'InvalidOperation,KmsTools.Commands.StartKmsEndpointCommand'
    }
}
