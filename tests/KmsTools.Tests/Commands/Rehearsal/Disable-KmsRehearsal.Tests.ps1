# A session of its own, for what it loads stays loaded. A module that says that AWS was called stands for that of AWS.
BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $installed = New-StubModule $TestDrive 'AWS.Tools.KeyManagementService' '4.1.9' @('New-KMSKey')
    $said = Invoke-NewPowerShell "
        `$ErrorActionPreference = 'Stop'
        `$env:PSModulePath = '$installed' + [IO.Path]::PathSeparator + `$env:PSModulePath
        `$env:KMSTOOLS_STORE = '$TestDrive/store'
        `$path = `$env:PSModulePath
        Import-Module '$env:KMSTOOLS_TEST_MODULE'
        Disable-KmsRehearsal -Verbose 4>&1 | ForEach-Object Message
        `$store = Connect-Kms -Temporary
        Enable-KmsRehearsal
        Enable-KmsRehearsal
        'store {0}' -f (`$env:KMSTOOLS_STORE -eq `$store.Path)
        Import-Module AWS.Tools.KeyManagementService
        Disable-KmsRehearsal -WhatIf
        'whatif {0}' -f (Get-Command New-KMSKey).Source
        Disable-KmsRehearsal
        'path {0}' -f (`$env:PSModulePath -eq `$path)
        'store {0}' -f `$env:KMSTOOLS_STORE
        'modules {0}' -f @(Get-Module AWS.Tools.*).Count
        'open {0}, {1}' -f `$store.IsOpen, (New-KmsKey).KeyState
        Import-Module AWS.Tools.KeyManagementService
        New-KMSKey" 2>&1
}

AfterAll {
    Disconnect-Kms
}

Describe 'Disable-KmsRehearsal' {
    It 'does nothing where there is no rehearsal' {
        $said[0] | Should -BeExactly 'No rehearsal is enabled.'
    }

    It 'changes nothing with -WhatIf' {
        $said[1..3] | Should -BeExactly @(
            'store True'
            'What if: Take the stand-ins for the modules of AWS out of PSModulePath and out of the session'
            'whatif AWS.Tools.KeyManagementService'
        )
    }

    It 'undoes what Enable-KmsRehearsal did, however often, and leaves the store open' {
        $said[4..7] | Should -BeExactly 'path True', "store $TestDrive/store", 'modules 0', 'open True, Enabled'
    }

    It 'lets the modules of AWS be found again' {
        $said[8..9] | Should -BeExactly @('AWS was called: AWS.Tools.KeyManagementService 4.1.9')
    }
}
