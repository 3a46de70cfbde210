BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
}

AfterAll {
    Disconnect-Kms
}

Describe 'Disconnect-Kms' {
    It 'closes the store, and writes nothing' {
        $connection = Connect-Kms -Temporary
        Disconnect-Kms | Should -BeNullOrEmpty
        $connection.IsOpen | Should -BeFalse
        Get-KmsConnection | Should -BeNullOrEmpty
    }

    It 'removes a temporary store with all its keys' {
        $path = (Connect-Kms -Temporary).Path
        $null = New-KmsKey
        Get-ChildItem $path | Should -Not -BeNullOrEmpty
        Disconnect-Kms
        Test-Path $path | Should -BeFalse
    }

    It 'leaves any other store' {
        $null = Connect-Kms "$TestDrive/kept"
        Disconnect-Kms
        "$TestDrive/kept/state.db" | Should -Exist
    }

    It 'says so with -Verbose when there is nothing to close' {
        Disconnect-Kms
        Disconnect-Kms -Verbose 4>&1 | Should -Be 'This session is not connected.'
    }

    It 'leaves the connections of other runspaces' {
        $connection = Connect-Kms -Temporary
        $module = $env:KMSTOOLS_TEST_MODULE
        1 | ForEach-Object -Parallel { Import-Module $using:module; Disconnect-Kms }
        $connection.IsOpen | Should -BeTrue
        Disconnect-Kms
    }
}
