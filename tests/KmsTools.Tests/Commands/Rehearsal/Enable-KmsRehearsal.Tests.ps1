# Each process here is a session of its own, for what it loads stays loaded. Modules that say that AWS was called stand for those of AWS.
BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $installed = New-StubModule $TestDrive 'AWS.Tools.KeyManagementService' '4.1.9' @('New-KMSKey', 'Get-KMSKeyList')
    $null = New-StubModule $TestDrive 'AWSPowerShell.NetCore' '4.1.7' @('New-KMSKey')
    $null = New-StubModule $TestDrive 'AWS.Tools.Common' '4.1.9' @('Set-DefaultAWSRegion')
    $begin = "
        `$ErrorActionPreference = 'Stop'
        `$env:PSModulePath = '$installed' + [IO.Path]::PathSeparator + `$env:PSModulePath"
    $child = "$TestDrive/child.ps1"
    Set-Content $child @(
        "#Requires -Modules @{ ModuleName = 'AWS.Tools.KeyManagementService'; ModuleVersion = '4.1.500' }"
        "'child {0} {1}' -f (Get-Command New-KMSKey).Source, @(Get-KMSKeyList).Count"
        'Import-Module AWSPowerShell.NetCore'
        "'all {0}' -f (New-KMSKey).Arn.Split(':')[3]"
    )
    $pwsh = [Environment]::ProcessPath
    $runChild = [IO.Path]::GetFileNameWithoutExtension($pwsh) -eq 'dotnet' ? "& '$pwsh' '$PSHOME/pwsh.dll' -NoProfile -File '$child'" : "& '$pwsh' -NoProfile -File '$child'"
}

AfterAll {
    Disconnect-Kms
}

Describe 'Enable-KmsRehearsal' {
    BeforeAll {
        $said = Invoke-NewPowerShell "$begin
            Import-Module '$env:KMSTOOLS_TEST_MODULE'
            `$store = Connect-Kms -Temporary
            `$before = `$env:PSModulePath
            Enable-KmsRehearsal -WhatIf
            'whatif {0}' -f (`$env:PSModulePath -eq `$before)
            Enable-KmsRehearsal -Version 4.1.500
            'front {0}' -f (`$env:PSModulePath.EndsWith([IO.Path]::PathSeparator + `$before))
            Import-Module AWS.Tools.KeyManagementService
            'newest {0}' -f (Get-Module AWS.Tools.KeyManagementService).Version
            'cmdlets {0}' -f @(Get-Command -Module AWS.Tools.KeyManagementService -CommandType Cmdlet).Count
            'aliases {0}' -f ((Get-Command -Module AWS.Tools.KeyManagementService -CommandType Alias).Name -join ' ')
            'qualified {0}' -f (AWS.Tools.KeyManagementService\New-KMSKey).Arn.Split(':')[4]
            foreach (`$asked in @{ RequiredVersion = '4.1.9' }, @{ RequiredVersion = '4.1.500' }, @{ MaximumVersion = '4.1.400' }, @{ MinimumVersion = '5.0.0' }) {
                Remove-Module AWS.Tools.KeyManagementService
                Import-Module AWS.Tools.KeyManagementService @asked
                'asked {0} {1}' -f (Get-Module AWS.Tools.KeyManagementService).Version, (New-KMSKey).KeyState
            }

            Set-DefaultAWSRegion eu-west-1
            'region {0} {1}' -f (New-KMSKey).Arn.Split(':')[3], (Get-DefaultAWSRegion).Region
            function Get-Inner { Set-DefaultAWSRegion us-west-1; (Get-KmsConnection).Region }
            'scope {0} {1}' -f (Get-Inner), (Get-KmsConnection).Region
            Clear-DefaultAWSRegion
            Set-AWSCredential -AccessKey AKIAEXAMPLE -SecretKey example -StoreAs default
            'cleared {0}' -f (Get-KmsConnection).RegionSource
            'keys {0}' -f @(Get-KmsKeyList).Count
            $runChild
            'open {0}' -f `$store.IsOpen" 2>&1
    }

    It 'changes nothing with -WhatIf' {
        $said | Should -Contain 'whatif True'
    }

    It 'puts the modules in front of all others' {
        $said | Should -Contain 'front True'
    }

    It 'hands on the cmdlets and aliases of AWS.Tools.KeyManagementService' {
        $said | Should -Contain 'cmdlets 54'
        $said | Should -Contain 'aliases Get-KMSAliases Get-KMSGrants Get-KMSKeyPolicies Get-KMSKeys Request-KMSKeyDeletion'
        $said | Should -Contain 'qualified 111122223333'
    }

    It 'meets every version that is asked for, also that of the module that is installed' {
        $said | Should -Contain 'newest 999.0.0'
        $said -like 'asked *' | Should -BeExactly 'asked 4.1.9 Enabled', 'asked 4.1.500 Enabled', 'asked 4.1.9 Enabled', 'asked 999.0.0 Enabled'
    }

    It 'chooses the Region as AWS.Tools.Common does' {
        $said | Should -Contain 'region eu-west-1 eu-west-1'
        $said | Should -Contain 'scope us-west-1 eu-west-1'
        $said | Should -Contain 'cleared the store'
    }

    It 'holds in processes that are started, which use the store of this session' {
        $said | Should -Contain 'keys 5'
        $said | Should -Contain 'child AWS.Tools.KeyManagementService 5'
        $said | Should -Contain 'all us-east-1'
        $said | Should -Contain 'open True'
    }

    It 'lets nothing reach AWS' {
        $said -match 'AWS was called' | Should -BeNullOrEmpty
    }

    It 'is refused where AWS.Tools is loaded, and the first call and Connect-Kms warn' {
        $refused = Invoke-NewPowerShell "$begin
            Import-Module AWS.Tools.KeyManagementService
            Import-Module '$env:KMSTOOLS_TEST_MODULE'
            `$path = `$env:PSModulePath
            try { Enable-KmsRehearsal } catch { `$_.FullyQualifiedErrorId; `$_.Exception.Message; `$_.ErrorDetails.RecommendedAction }
            'unchanged {0}' -f (`$env:PSModulePath -eq `$path)
            `$null = Get-KmsAliasList -WarningVariable said 3> `$null
            `$said.Message
            `$null = Get-KmsAliasList -WarningVariable said 3> `$null
            'second {0}' -f `$said.Count
            `$null = Connect-Kms -Temporary -WarningVariable said 3> `$null
            'connect {0}' -f `$said.Count
            Remove-Module AWS.Tools.KeyManagementService
            Import-Module AWS.Tools.Common
            try { Enable-KmsRehearsal } catch { `$_.Exception.Message }
            Remove-Module AWS.Tools.Common
            Enable-KmsRehearsal
            `$null = Connect-Kms -Temporary -WarningVariable said
            'then {0}' -f `$said.Count" 2>&1
        $refused | Should -BeExactly @(
            'AwsToolsLoaded,KmsTools.Commands.EnableKmsRehearsalCommand'
            'AWS.Tools.KeyManagementService 4.1.9 is loaded already: its cmdlets would go on to reach AWS.'
            'Start a new PowerShell, and run Enable-KmsRehearsal before anything loads it.'
            'unchanged True'
            ('AWS.Tools.KeyManagementService 4.1.9 is loaded beside KmsTools: what is called New-KMSKey here may reach AWS. ' +
                'Start a new PowerShell and run Enable-KmsRehearsal before anything loads it.')
            'second 0'
            'connect 1'
            'AWS.Tools.Common 4.1.9 is loaded already: its cmdlets would go on to reach AWS.'
            'then 0'
        )
    }
}
