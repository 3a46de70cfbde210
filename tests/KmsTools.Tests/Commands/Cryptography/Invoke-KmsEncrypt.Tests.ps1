BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey
    New-KmsAlias $key.KeyId -AliasName alias/app

    function Read-Back($Answer) { (Invoke-KmsDecrypt -CiphertextBlob $Answer.CiphertextBlob).Plaintext.ToArray() }
}

AfterAll {
    Disconnect-Kms
}

Describe 'Invoke-KmsEncrypt' {
    It 'writes ciphertext, key and algorithm' {
        $answer = Invoke-KmsEncrypt $key.KeyId -Plaintext 'secret'
        Get-PropertyName $answer | Should -Be 'CiphertextBlob', 'EncryptionAlgorithm', 'KeyId'
        , $answer.CiphertextBlob | Should -BeOfType IO.MemoryStream
        $answer.KeyId | Should -Be $key.Arn
        $answer.EncryptionAlgorithm | Should -Be 'SYMMETRIC_DEFAULT'
    }

    It 'takes the key by alias and from the pipeline' {
        (Invoke-KmsEncrypt alias/app -Plaintext x).KeyId | Should -Be $key.Arn
        ('alias/app' | Invoke-KmsEncrypt -Plaintext x).KeyId | Should -Be $key.Arn
        ($key | Invoke-KmsEncrypt -Plaintext x).KeyId | Should -Be $key.Arn
    }

    It 'encrypts text as UTF-8, and never reads it as base64' {
        Read-Back (Invoke-KmsEncrypt $key.KeyId -Plaintext 'aé') | Should -Be 97, 195, 169
        Read-Back (Invoke-KmsEncrypt $key.KeyId -Plaintext 'YWJj') | Should -Be 89, 87, 74, 106
    }

    It 'encrypts bytes, numbers, streams and files as they are' {
        $file = New-Item "$TestDrive/plain.bin"
        [IO.File]::WriteAllBytes($file.FullName, [byte[]](1, 2, 255))
        $memory = [IO.MemoryStream]::new([byte[]](1, 2, 255))
        $memory.Position = 2
        foreach ($plaintext in [byte[]](1, 2, 255), (1, 2, 255), $memory, (Get-Item $file), $file.OpenRead()) {
            Read-Back (Invoke-KmsEncrypt $key.KeyId -Plaintext $plaintext) | Should -Be 1, 2, 255 -Because $plaintext.GetType()
        }
    }

    It 'encrypts lines of text with their ends' {
        [Text.Encoding]::UTF8.GetString((Read-Back (Invoke-KmsEncrypt $key.KeyId -Plaintext 'one', 'two'))) |
            Should -BeExactly "one$([Environment]::NewLine)two$([Environment]::NewLine)"
    }

    It 'zeroes the bytes that are made of a plaintext for it, and none that the user made' {
        $file = New-Item "$TestDrive/plaintext.txt" -Value secret
        $transformation = [KmsTools.Binding.ByteArrayTransformationAttribute]::new()
        foreach ($plaintext in 'secret', [IO.MemoryStream]::new([byte[]][char[]]'secret'), $file.OpenRead(), (Get-Item $file)) {
            # What it makes at binding is passed as a variable, to be seen afterwards.
            $made = $transformation.Transform($ExecutionContext, $plaintext)
            [Text.Encoding]::UTF8.GetString($made) | Should -BeExactly 'secret'
            $answer = Invoke-KmsEncrypt $key.KeyId -Plaintext $made
            $made | Should -Be 0, 0, 0, 0, 0, 0 -Because $plaintext.GetType()
            [Text.Encoding]::UTF8.GetString((Read-Back $answer)) | Should -BeExactly 'secret'
        }

        $made = $transformation.Transform($ExecutionContext, 'secret')
        Get-ErrorCode (Get-ErrorOf { Invoke-KmsEncrypt alias/missing -Plaintext $made }) | Should -Be 'NotFoundException'
        $made | Should -Be 0, 0, 0, 0, 0, 0
        $made = $transformation.Transform($ExecutionContext, 'secret')
        @() | Invoke-KmsEncrypt -Plaintext $made
        $made | Should -Be 0, 0, 0, 0, 0, 0
        $given = [byte[]](1, 2, 255)
        $null = Invoke-KmsEncrypt $key.KeyId -Plaintext $given
        $given | Should -Be 1, 2, 255
    }

    It 'keeps the bytes until the last input, and those that it writes' {
        $answers = 'alias/app', $key.KeyId, $key.Arn | Invoke-KmsEncrypt -Plaintext 'secret'
        $answers | ForEach-Object { Read-Text (Invoke-KmsDecrypt -CiphertextBlob $_.CiphertextBlob).Plaintext } |
            Should -BeExactly 'secret', 'secret', 'secret'
        $inputs = 'one', 'two' | ForEach-Object { [pscustomobject]@{ Plaintext = $_ } }
        $inputs | Invoke-KmsEncrypt $key.KeyId | ForEach-Object { Read-Text (Invoke-KmsDecrypt -CiphertextBlob $_.CiphertextBlob).Plaintext } |
            Should -BeExactly 'one', 'two'
        $selected = Invoke-KmsEncrypt $key.KeyId -Plaintext 'aé' -Select ^Plaintext
        $selected | Should -Be 97, 195, 169
    }

    It 'takes streams of any length' {
        foreach ($length in 4095, 4096) {
            $bytes = [byte[]]::new($length)
            [Random]::new(1).NextBytes($bytes)
            [IO.File]::WriteAllBytes("$TestDrive/long.bin", $bytes)
            $read = Read-Back (Invoke-KmsEncrypt $key.KeyId -Plaintext ([IO.File]::OpenRead("$TestDrive/long.bin")))
            [Convert]::ToHexString($read) | Should -BeExactly ([Convert]::ToHexString($bytes))
        }
    }

    It 'binds the encryption context, whose case matters' {
        $answer = Invoke-KmsEncrypt $key.KeyId -Plaintext 'bound' -EncryptionContext @{ Purpose = 'test' }
        Read-Text (Invoke-KmsDecrypt -CiphertextBlob $answer.CiphertextBlob -EncryptionContext @{ Purpose = 'test' }).Plaintext | Should -BeExactly 'bound'
        foreach ($context in @{ purpose = 'test' }, @{ Purpose = 'Test' }, @{}) {
            Get-ErrorCode (Get-ErrorOf { Invoke-KmsDecrypt -CiphertextBlob $answer.CiphertextBlob -EncryptionContext $context }) |
                Should -Be 'InvalidCiphertextException'
        }
    }

    It 'refuses values of the context that are no text' {
        $refusal = Get-ErrorOf { Invoke-KmsEncrypt $key.KeyId -Plaintext x -EncryptionContext @{ number = 1 } }
        $refusal.FullyQualifiedErrorId | Should -Be 'InvalidArgument,KmsTools.Commands.InvokeKmsEncryptCommand'
        $refusal.ErrorDetails.Message | Should -BeExactly "The value of 'number' in -EncryptionContext is not a string but Int32. Put it in quotes."
        Get-ErrorCode (Get-ErrorOf { Invoke-KmsEncrypt $key.KeyId -Plaintext x -EncryptionContext @{ 1 = 'number' } }) | Should -Be 'InvalidArgument'
        (Get-ErrorOf { Invoke-KmsEncrypt $key.KeyId -Plaintext x -EncryptionContext @{ tenant = $unset } }).ErrorDetails.Message |
            Should -BeExactly "The value of 'tenant' in -EncryptionContext is `$null and not a string."
    }

    It 'writes what -Select chooses' {
        , (Invoke-KmsEncrypt $key.KeyId -Plaintext x -Select CiphertextBlob) | Should -BeOfType IO.MemoryStream
        Invoke-KmsEncrypt alias/app -Plaintext x -Select keyid | Should -Be $key.Arn
    }

    It 'does nothing with -WhatIf, and only tries with -DryRun' {
        Invoke-KmsEncrypt $key.KeyId -Plaintext x -WhatIf | Should -BeNullOrEmpty
        $refusal = Get-ErrorOf { Invoke-KmsEncrypt $key.KeyId -Plaintext x -DryRun $true }
        Get-ErrorCode $refusal | Should -Be 'DryRunOperationException'
        $refusal.CategoryInfo.Category | Should -Be 'OperationStopped'
    }

    It 'keeps the plaintext out of views, messages, errors and events' {
        $word = 'hunter2secret'
        $shown = Invoke-KmsEncrypt $key.KeyId -Plaintext $word -Verbose 4>&1 | Format-List * | Out-String
        $shown | Should -Match 'CiphertextBlob'
        $shown | Should -Not -Match $word
        $refusal = Get-ErrorOf { Invoke-KmsEncrypt $key.KeyId -Plaintext ($word * 400) }
        Get-ErrorCode $refusal | Should -Be 'ValidationException'
        "$($refusal.Exception.Message) $($refusal.ErrorDetails)" | Should -Not -Match $word
        $events = (Get-KmsEvent -EventName Encrypt).CloudTrailEvent -join "`n"
        $events | Should -Match $key.KeyId
        $events | Should -Not -Match $word
        $events | Should -Not -Match ([Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($word)).Substring(0, 16))
    }

    It 'works in other runspaces on the same store' {
        $module, $id = $env:KMSTOOLS_TEST_MODULE, $key.KeyId
        $answers = 1..4 | ForEach-Object -ThrottleLimit 4 -Parallel {
            Import-Module $using:module
            Invoke-KmsEncrypt $using:id -Plaintext "number $_"
        }
        $answers.ForEach({ [Text.Encoding]::UTF8.GetString((Read-Back $_)) }) | Sort-Object | Should -Be 'number 1', 'number 2', 'number 3', 'number 4'
    }
}
