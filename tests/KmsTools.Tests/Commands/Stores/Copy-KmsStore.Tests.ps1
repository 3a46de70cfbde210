BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $passphrase = ConvertTo-SecureString 'correct horse battery' -AsPlainText
    $database = 'Host=db1.example.com;Database=kms;Username=kms_app'
}

AfterAll {
    Disconnect-Kms
}

Describe 'Copy-KmsStore' {
    BeforeEach {
        $folder = Join-Path $TestDrive ([guid]::NewGuid())
        $null = Connect-Kms $folder
        $key = New-KmsKey
        $blob = (Invoke-KmsEncrypt -KeyId $key.KeyId -Plaintext ([byte[]] (1, 2, 3))).CiphertextBlob
    }

    It 'copies the store of the session to a new folder, with its events' {
        $copy = Copy-KmsStore -Destination "$folder-copy"
        $copy.Source | Should -Be $folder
        $copy.Destination | Should -Be "$folder-copy"
        $copy.Keys | Should -Be 1
        $copy.Records | Should -BeGreaterThan 3
        $copy.RootKeyFile | Should -BeNullOrEmpty
        (Get-KmsEvent -EventName CopyStore) | Should -BeNullOrEmpty
        $null = Connect-Kms "$folder-copy"
        (Invoke-KmsDecrypt -CiphertextBlob $blob).Plaintext.ToArray() | Should -Be 1, 2, 3
        (Get-KmsEvent -EventName CopyStore).RequestParameters.from | Should -Be $folder
        (Get-KmsEvent -EventName CreateKey).Count | Should -Be 1
        Test-KmsStore -Quiet | Should -BeTrue
        ($copy | Format-Table | Out-String -Width 80) | Should -Match '(?m)^ +Keys +Events Destination\r?$'
        ($copy | Format-List | Out-String -Width 160) | Should -Match '(?m)^Destination +: .*-copy\r?$'
    }

    It 'copies a sealed store with its passphrase, and leaves it sealed' {
        $null = Protect-KmsStore -Passphrase $passphrase
        Disconnect-Kms
        { Copy-KmsStore $folder "$folder-copy" } | Should -Throw '*is sealed, and was not unlocked*'
        Test-Path "$folder-copy" | Should -BeFalse
        (Copy-KmsStore $folder "$folder-copy" -Passphrase $passphrase).IsSealed | Should -BeTrue
        $null = Connect-Kms "$folder-copy" -Passphrase $passphrase
        (Get-KmsKeyList).KeyId | Should -Be $key.KeyId
    }

    It 'changes nothing with -WhatIf, also not without a database' {
        Copy-KmsStore $folder "$folder-copy" -WhatIf | Should -BeNullOrEmpty
        Copy-KmsStore $folder $database -DestinationRootKeyFile "$folder.rootkey" -WhatIf | Should -BeNullOrEmpty
        Copy-KmsStore -ConnectionString $database -Destination "$folder-copy" -WhatIf | Should -BeNullOrEmpty
        Test-Path "$folder-copy", "$folder.rootkey" | Should -Be $false, $false
    }

    It 'refuses what is no store, and where there is one' {
        { Copy-KmsStore "$folder-none" "$folder-copy" } | Should -Throw "There is no store in '$folder-none'. Nothing was copied."
        { Copy-KmsStore $folder $folder } | Should -Throw "There is a store in '$folder' already. Nothing was copied. Choose a new folder."
        { Copy-KmsStore $database "$folder-copy" } | Should -Throw '-Path names a folder, and this is a connection string*'
        { Copy-KmsStore $folder "$folder-copy" -DestinationRootKeyFile ./key } | Should -Throw '-Destination is a folder: *'
        { Copy-KmsStore $folder "$database;Password=secret" } | Should -Throw -ErrorId 'PasswordInConnectionString,*'
        { Copy-KmsStore -Destination "$folder-copy" -Passphrase $passphrase } | Should -Throw 'The store of this session is open already*'
        Test-Path "$folder-copy" | Should -BeFalse
    }
}
