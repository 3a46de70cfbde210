BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $script:folder = (New-Item -ItemType Directory 'TestDrive:/credential').FullName
}

Describe 'New-KmsXksCredential' {
    It 'writes nothing with -WhatIf' {
        Get-WhatIf { New-KmsXksCredential "$folder/a.secret" -WhatIf } |
            Should -BeExactly "What if: Create a credential, and write its secret access key into $folder/a.secret"
        "$folder/a.secret" | Should -Not -Exist
    }

    It 'writes the secret into a new file of its owner, and shows the rest' {
        $made = New-KmsXksCredential "$folder/b.secret"
        $made.AccessKeyId | Should -MatchExactly '^[A-Z2-7]{20}$'
        $made.SecretFile | Should -BeExactly "$folder/b.secret"
        $secret = Get-Content -Raw $made.SecretFile
        [Convert]::FromBase64String($secret).Length | Should -Be 32
        if (-not $IsWindows) { (Get-Item $made.SecretFile).UnixMode | Should -BeExactly '-rw-------' }
        $made | Format-List | Out-String | Should -Not -Match ([regex]::Escape($secret))

        { New-KmsXksCredential "$folder/b.secret" } | Should -Throw (
            "The credential was not created. '$folder/b.secret' exists already, and is not overwritten. Name another file, or remove this one first.")
        Get-Content -Raw $made.SecretFile | Should -BeExactly $secret
    }

    It 'is shown at 80 and 160 characters' {
        $made = [KmsTools.KmsXksCredential]::new('ABCDEFGHIJKLMNOPQRST', '/run/xks/b.secret')
        $PSStyle.OutputRendering = 'PlainText'
        foreach ($width in 80, 160) {
            @($made | Format-Table | Out-String -Width $width -Stream | Where-Object Length).TrimEnd() | Should -BeExactly @(
                'AccessKeyId                    SecretFile'
                '-----------                    ----------'
                'ABCDEFGHIJKLMNOPQRST           /run/xks/b.secret')
            @($made | Format-List | Out-String -Width $width -Stream | Where-Object Length).TrimEnd() |
                Should -BeExactly 'AccessKeyId : ABCDEFGHIJKLMNOPQRST', 'SecretFile  : /run/xks/b.secret'
        }
    }
}
