# What becomes of bytes that are written as text: ciphertexts are kept, plaintexts are not written, and neither is taken for data.
BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/Support.ps1"
    $null = Connect-Kms -Temporary
    $key = New-KmsKey
    $sealed = Invoke-KmsEncrypt $key.KeyId -Plaintext 'hi'
    $base64 = [Convert]::ToBase64String($sealed.CiphertextBlob.ToArray())
    $opened = $sealed | Invoke-KmsDecrypt
}

AfterAll {
    Disconnect-Kms
}

Describe 'A ciphertext' {
    It 'is Base64 as text, and a length in views' {
        "$($sealed.CiphertextBlob)" | Should -BeExactly $base64
        $sealed.CiphertextBlob.ToBase64() | Should -BeExactly $base64
        $sealed | Format-List | Out-String | Should -Match 'CiphertextBlob +: \d+ bytes\r?\n'
        ($sealed.CiphertextBlob | Out-String).Trim() | Should -BeExactly "$($sealed.CiphertextBlob.Length) bytes"
    }

    It 'survives CSV' {
        $row = $sealed | ConvertTo-Csv | ConvertFrom-Csv
        Read-Text (Invoke-KmsDecrypt -CiphertextBlob ([Convert]::FromBase64String($row.CiphertextBlob))).Plaintext | Should -BeExactly 'hi'
    }

    It 'survives JSON' {
        $read = $sealed | ConvertTo-Json | ConvertFrom-Json
        Read-Text (Invoke-KmsDecrypt -CiphertextBlob ([Convert]::FromBase64String($read.CiphertextBlob.Base64))).Plaintext | Should -BeExactly 'hi'
    }

    It 'survives CLIXML' {
        $sealed | Export-Clixml "$TestDrive/sealed.xml"
        (Import-Clixml "$TestDrive/sealed.xml").CiphertextBlob | Should -BeExactly $base64
    }

    It 'survives a job' {
        $text = Start-Job { $using:sealed.CiphertextBlob } | Receive-Job -Wait -AutoRemoveJob
        $text | Should -BeExactly $base64
        $refusal = Get-ErrorOf { Invoke-KmsDecrypt -CiphertextBlob $text }
        $refusal.ErrorDetails.RecommendedAction | Should -BeExactly '-CiphertextBlob is text in Base64: decode it with [Convert]::FromBase64String(...) first.'
    }
}

Describe 'The size of a blob that is text' {
    It 'is known, without the bytes: <Text>' -ForEach @(
        @{ Text = ''; Size = '0 bytes' }
        @{ Text = 'QQ=='; Size = '1 byte' }
        @{ Text = 'QUJD'; Size = '3 bytes' }
        @{ Text = '<secret, 1 byte: not in text>'; Size = '1 byte' }
        @{ Text = '<secret, 32 bytes: not in text>'; Size = '32 bytes' }
        @{ Text = 'QUJ'; Size = '' }
        @{ Text = '<secret, 32 bytes>'; Size = '' }
    ) {
        [KmsTools.KmsBlob]::SizeOf($Text) | Should -BeExactly $Size
    }
}

Describe 'A plaintext' {
    It 'is in no text' {
        "$($opened.Plaintext)" | Should -BeExactly '<secret, 2 bytes: not in text>'
        ($opened | ConvertTo-Csv | ConvertFrom-Csv).Plaintext | Should -BeExactly '<secret, 2 bytes: not in text>'
        ($opened | ConvertTo-Json | ConvertFrom-Json).Plaintext.Base64 | Should -BeExactly '<secret, 2 bytes: not in text>'
        $opened | Export-Clixml "$TestDrive/opened.xml"
        Get-Content -Raw "$TestDrive/opened.xml" | Should -Not -Match 'aGk='
        (Import-Clixml "$TestDrive/opened.xml").Plaintext | Should -BeExactly '<secret, 2 bytes: not in text>'
    }
}

Describe 'A plaintext on demand' {
    It 'is the text whose UTF-8 was encrypted' {
        $opened.Plaintext.ToText() | Should -BeExactly 'hi'
        $words = 'Zwölf Boxkämpfer 🥊'
        (Invoke-KmsEncrypt $key -Plaintext $words | Invoke-KmsDecrypt).Plaintext.ToText() | Should -BeExactly $words
        (Invoke-KmsEncrypt $key -Plaintext $words | Invoke-KmsDecrypt -Select Plaintext).ToText() | Should -BeExactly $words
    }

    It 'is refused where the bytes are not text, and none of them is in the error' {
        $plaintext = (Invoke-KmsEncrypt $key -Plaintext ([byte[]] (0x41, 0xFF, 0xFE)) | Invoke-KmsDecrypt).Plaintext
        $refusal = Get-ErrorOf { $plaintext.ToText() }
        $refusal.Exception.InnerException.Message | Should -BeExactly 'The bytes are not text in UTF-8. ToArray() returns them.'
        $refusal.Exception.InnerException.InnerException | Should -BeNullOrEmpty
    }

    It 'is gone once it was disposed' {
        $plaintext = (Invoke-KmsEncrypt $key -Plaintext 'hi' | Invoke-KmsDecrypt).Plaintext
        $plaintext.Dispose()
        (Get-ErrorOf { $plaintext.ToText() }).Exception.InnerException | Should -BeOfType ([ObjectDisposedException])
    }

    It 'is not a method of a ciphertext' {
        $sealed.CiphertextBlob.PSObject.Methods.Name | Should -Not -Contain 'ToText'
    }
}

Describe 'What is left of bytes' {
    It 'is refused as data: <What>' -ForEach @(
        @{ What = 'the mark of a plaintext'; Read = { "$($opened.Plaintext)" }; Why = "*'<secret, 2 bytes: not in text>' stands for secret bytes, which are not written to CSV, JSON, CLIXML or a job. Pass the object itself, or its ToArray()." }
        @{ What = 'a ciphertext from JSON'; Read = { ($sealed | ConvertTo-Json | ConvertFrom-Json).CiphertextBlob }; Why = '*it has no bytes. Its Base64 has them: `[Convert`]::FromBase64String($it.Base64).' }
        @{ What = 'a plaintext from JSON'; Read = { ($opened | ConvertTo-Json | ConvertFrom-Json).Plaintext }; Why = '*it has no bytes. Pass its ToArray() there instead.' }
        @{ What = 'a stream from CLIXML'; Read = { [IO.MemoryStream]::new([byte[]] (1, 2)) | Export-Clixml "$TestDrive/stream.xml"; Import-Clixml "$TestDrive/stream.xml" }; Why = '*it has no bytes. Pass its ToArray() there instead.' }
    ) {
        $value = & $Read
        $before = @(Get-KmsEvent).Count
        foreach ($refusal in (Get-ErrorOf { Invoke-KmsEncrypt $key.KeyId -Plaintext $value }), (Get-ErrorOf { Invoke-KmsDecrypt -CiphertextBlob $value })) {
            $refusal.FullyQualifiedErrorId | Should -BeLike 'ParameterArgumentTransformationError,*'
            "$refusal" | Should -BeLike $Why
        }

        @(Get-KmsEvent).Count | Should -Be $before
    }

    It 'is text like any other where it is only similar' {
        foreach ($text in '103 bytes', '<secret, 2 bytes>', 'secret, 2 bytes: not in text') {
            Read-Text (Invoke-KmsEncrypt $key.KeyId -Plaintext $text | Invoke-KmsDecrypt).Plaintext | Should -BeExactly $text
        }
    }
}
