BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $before = $env:KMSTOOLS_STORE
    Disconnect-Kms
}

AfterAll {
    Disconnect-Kms
    $env:KMSTOOLS_STORE = $before
}

Describe 'Get-KmsConnection' {
    BeforeEach {
        Disconnect-Kms
        $env:KMSTOOLS_STORE = Join-Path $TestDrive ([guid]::NewGuid())
    }

    It 'writes nothing without a connection, and makes no store' {
        Get-KmsConnection | Should -BeNullOrEmpty
        Get-KmsConnection -Verbose 4>&1 | Should -BeExactly "Not connected. The next cmdlet opens $env:KMSTOOLS_STORE."
        $env:KMSTOOLS_STORE | Should -Not -Exist
    }

    It 'writes the default store once a cmdlet has opened it' {
        $key = New-KmsKey
        $connection = Get-KmsConnection
        $connection.Path | Should -Be $env:KMSTOOLS_STORE
        $connection.IsTemporary | Should -BeFalse
        "$env:KMSTOOLS_STORE/state.db" | Should -Exist
        Disconnect-Kms
        (Get-KmsKeyList).KeyId | Should -Be $key.KeyId
    }

    It 'writes what Connect-Kms wrote' {
        $connection = Connect-Kms -Temporary -SimulatedClock
        $found = Get-KmsConnection
        [object]::ReferenceEquals($found, $connection) | Should -BeTrue
        "$found" | Should -Be $connection.Path
        $found.UtcNow | Should -Be (Get-KmsClock).UtcNow
    }

    It 'writes the same store in parallel runspaces, and their own if they connect' {
        $shared = Connect-Kms -Temporary
        $module = $env:KMSTOOLS_TEST_MODULE
        $paths = 1..3 | ForEach-Object -Parallel { Import-Module $using:module; (Get-KmsConnection).Path }
        $paths | Should -Be $shared.Path, $shared.Path, $shared.Path
        $own = 1 | ForEach-Object -Parallel { Import-Module $using:module; $null = Connect-Kms -Temporary; (Get-KmsConnection).Path; Disconnect-Kms }
        $own | Should -Not -Be $shared.Path
        (Get-KmsConnection).Path | Should -Be $shared.Path
    }
}
