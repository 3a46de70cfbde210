BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
}

# What it does to a database is in SharedStore.Tests.ps1.
Describe 'Initialize-KmsDatabase' {
    It 'shows what it would do with -WhatIf' {
        Get-WhatIf { Initialize-KmsDatabase 'Host=db1.example.com;Database=kms;Username=kms_owner' -WhatIf } |
            Should -BeExactly 'What if: Make or update the tables of a store in Host=db1.example.com;Port=5432;Database=kms'
    }

    It 'refuses what is not a connection string: <Given>' -ForEach @(
        @{ Given = 'kms'; Says = 'The connection string is malformed.*' }
        @{ Given = 'Host=db1'; Says = 'The connection string names no Database*' }
        @{ Given = 'Host=db1;Databse=kms'; Says = "The connection string contains 'Databse'*Did you mean 'Database'?" }
    ) {
        $refusal = Get-ErrorOf { Initialize-KmsDatabase $Given }
        Get-ErrorCode $refusal | Should -BeExactly InvalidArgument
        "$refusal" | Should -BeLike $Says
    }

    It 'is shown as a table and as a list' {
        $done = [KmsTools.DatabaseInitialization]::new('Host=db1;Port=5432;Database=kms', $null, 16, 'kms_app')
        $before = $PSStyle.OutputRendering
        $PSStyle.OutputRendering = 'PlainText'
        @($done | Format-Table | Out-String -Width 80 -Stream | Where-Object Length | ForEach-Object TrimEnd) | Should -BeExactly @(
            'FormerVersion Version Role             Database'
            '------------- ------- ----             --------'
            '              16      kms_app          Host=db1;Port=5432;Database=kms')
        @($done | Out-String -Width 160 -Stream | Where-Object Length | ForEach-Object TrimEnd) | Should -BeExactly @(
            'Database : Host=db1;Port=5432;Database=kms'
            'Version  : 16'
            'Role     : kms_app')
        $PSStyle.OutputRendering = $before
    }
}
