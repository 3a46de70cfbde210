BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $old, $new = (New-KmsKey), (New-KmsKey)
    New-KmsAlias $new.KeyId -AliasName alias/new
    $sealed = Invoke-KmsEncrypt $old.KeyId -Plaintext 'hunter2secret' -EncryptionContext @{ stage = 'old' }
    $call = @{ CiphertextBlob = $sealed.CiphertextBlob; SourceEncryptionContext = @{ stage = 'old' } }
}

AfterAll {
    Disconnect-Kms
}

Describe 'Invoke-KmsReEncrypt' {
    It 'encrypts with the other key' {
        $answer = Invoke-KmsReEncrypt @call -DestinationKeyId $new.KeyId
        $answer.KeyId | Should -Be $new.Arn
        $answer.SourceKeyId | Should -Be $old.Arn
        $answer.SourceKeyMaterialId | Should -Be $old.CurrentKeyMaterialId
        $answer.DestinationKeyMaterialId | Should -Be $new.CurrentKeyMaterialId
        $answer.SourceEncryptionAlgorithm | Should -Be 'SYMMETRIC_DEFAULT'
        Read-Text (Invoke-KmsDecrypt -CiphertextBlob $answer.CiphertextBlob -KeyId $new.KeyId).Plaintext | Should -BeExactly 'hunter2secret'
    }

    It 'changes the encryption context' {
        $moved = Invoke-KmsReEncrypt @call -DestinationKeyId alias/new -DestinationEncryptionContext @{ stage = 'new' }
        Read-Text (Invoke-KmsDecrypt -CiphertextBlob $moved.CiphertextBlob -EncryptionContext @{ stage = 'new' }).Plaintext | Should -BeExactly 'hunter2secret'
        Get-ErrorCode (Get-ErrorOf { Invoke-KmsDecrypt -CiphertextBlob $moved.CiphertextBlob -EncryptionContext @{ stage = 'old' } }) |
            Should -Be 'InvalidCiphertextException'
    }

    It 'takes the answers of Invoke-KmsEncrypt from the pipeline' {
        $answers = 1..2 | ForEach-Object { Invoke-KmsEncrypt $old.KeyId -Plaintext "$_" } | Invoke-KmsReEncrypt -DestinationKeyId alias/new
        $answers.KeyId | Should -Be $new.Arn, $new.Arn
    }

    It 'never shows the plaintext' {
        $answer = Invoke-KmsReEncrypt @call -DestinationKeyId alias/new -Verbose 4>&1
        $answer | Format-List * | Out-String | Should -Not -Match 'hunter2secret'
        (Get-KmsEvent -EventName ReEncrypt).CloudTrailEvent -join "`n" | Should -Not -Match 'hunter2secret|aHVudGVyMnNlY3JldA'
    }

    It 'writes what -Select chooses' {
        Invoke-KmsReEncrypt @call -DestinationKeyId alias/new -Select SourceKeyId | Should -Be $old.Arn
        Invoke-KmsReEncrypt @call -DestinationKeyId alias/new -Select ^DestinationKeyId | Should -Be 'alias/new'
    }

    It 'does nothing with -WhatIf' {
        $before = @(Get-KmsEvent -EventName ReEncrypt).Count
        Invoke-KmsReEncrypt @call -DestinationKeyId alias/new -WhatIf | Should -BeNullOrEmpty
        @(Get-KmsEvent -EventName ReEncrypt).Count | Should -Be $before
    }

    It 'refuses the wrong context and the wrong source' {
        $refusal = Get-ErrorOf { Invoke-KmsReEncrypt -CiphertextBlob $sealed.CiphertextBlob -DestinationKeyId alias/new }
        Get-ErrorCode $refusal | Should -Be 'InvalidCiphertextException'
        $refusal.TargetObject | Should -Be 'alias/new'
        Get-ErrorCode (Get-ErrorOf { Invoke-KmsReEncrypt @call -DestinationKeyId alias/new -SourceKeyId $new.KeyId }) | Should -Be 'IncorrectKeyException'
    }

    It 'names the parameter whose value is no text' {
        (Get-ErrorOf { Invoke-KmsReEncrypt @call -DestinationKeyId alias/new -DestinationEncryptionContext @{ year = 2024 } }).ErrorDetails.Message |
            Should -BeExactly "The value of 'year' in -DestinationEncryptionContext is not a string but Int32. Put it in quotes."
    }
}
