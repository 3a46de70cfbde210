BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey
    $other = New-KmsKey
    New-KmsAlias $key.KeyId -AliasName alias/files
}

AfterAll {
    Disconnect-Kms
}

Describe 'Unprotect-KmsFile' {
    BeforeEach {
        $folder = Join-Path $TestDrive ([guid]::NewGuid().ToString('N'))
        $null = New-Item $folder -ItemType Directory
        Set-Content "$folder/report.txt" 'the secret of the report' -NoNewline
        $null = Protect-KmsFile "$folder/report.txt" alias/files -FrameLength 10 -EncryptionContext @{ project = 'apollo'; year = '2030' }
        Remove-Item "$folder/report.txt"
        $sealed = "$folder/report.txt.encrypted"
        $bytes = [IO.File]::ReadAllBytes($sealed)
    }

    It 'writes the plaintext under the old name, and tells about it' {
        $report = Unprotect-KmsFile $sealed
        $report.Source | Should -Be $sealed
        $report.Destination | Should -Be "$folder/report.txt"
        $report.KeyArn | Should -Be $key.Arn
        $report.FrameLength | Should -Be 10
        $report.PlaintextLength | Should -Be 24
        $report.MessageLength | Should -Be $bytes.Length
        $report.EncryptionContext.Keys | Should -Be 'project', 'year'
        Get-Content "$folder/report.txt" | Should -BeExactly 'the secret of the report'
        (Get-ChildItem $folder -Force).Name | Should -Be 'report.txt', 'report.txt.encrypted'
        ($report | Out-String) | Should -Match 'EncryptionContext : project=apollo, year=2030'
        if (-not $IsWindows) { [IO.File]::GetUnixFileMode("$folder/report.txt") | Should -Be 'UserWrite, UserRead' }
    }

    It 'adds .decrypted where there is no .encrypted to leave out' {
        Move-Item $sealed "$folder/data.bin"
        (Unprotect-KmsFile "$folder/data.bin").Destination | Should -Be "$folder/data.bin.decrypted"
    }

    It 'takes files from the pipeline and writes them into a folder' {
        $null = New-Item "$folder/clear" -ItemType Directory
        (Get-ChildItem $folder -Filter *.encrypted | Unprotect-KmsFile -Destination "$folder/clear" -PassThru).FullName |
            Should -Be "$folder/clear/report.txt"
        Get-ErrorCode (Get-ErrorOf { Unprotect-KmsFile $sealed -Destination "$folder/clear" }) | Should -Be 'DestinationExists'
        (Unprotect-KmsFile $sealed -Destination "$folder/clear" -Force).PlaintextLength | Should -Be 24
    }

    It 'says what matched nothing' {
        $refusal = Get-ErrorOf { Unprotect-KmsFile "$folder/*.none" }
        Get-ErrorCode $refusal | Should -BeExactly 'FileNotFound'
        "$refusal" | Should -BeExactly "No file matches '$folder/*.none'."
    }

    It 'uses only the keys that -KeyId names' {
        (Unprotect-KmsFile $sealed -KeyId alias/files).KeyArn | Should -Be $key.Arn
        $refusal = Get-ErrorOf { Unprotect-KmsFile $sealed -KeyId $other.KeyId -Force }
        $refusal.FullyQualifiedErrorId | Should -Be 'NoMatchingKey,KmsTools.Commands.UnprotectKmsFileCommand'
        $refusal.CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $refusal.TargetObject | Should -Be $sealed
        "$refusal" | Should -Be "'$sealed': None of the keys that may be used opens the message. It is for $($key.Arn)."
        (Unprotect-KmsFile $sealed -KeyId $other.KeyId, $key.Arn -Force).KeyArn | Should -Be $key.Arn
    }

    It 'requires the encryption context that is asked for' {
        (Unprotect-KmsFile $sealed -EncryptionContext @{ project = 'apollo' }).PlaintextLength | Should -Be 24
        Remove-Item "$folder/report.txt"
        $refusal = Get-ErrorOf { Unprotect-KmsFile $sealed -EncryptionContext @{ project = 'gemini' } }
        Get-ErrorCode $refusal | Should -Be 'EncryptionContextMismatch'
        "$refusal" | Should -Be "'$sealed': The encryption context of the message has another value for 'project'."
        "$(Get-ErrorOf { Unprotect-KmsFile $sealed -EncryptionContext @{ owner = 'me' } })" |
            Should -Be "'$sealed': The encryption context of the message has no 'owner'."
        (Get-ChildItem $folder -Force).Name | Should -Be 'report.txt.encrypted'
    }

    It 'lets the error of KMS through when the key is <State>' -ForEach @(
        @{ State = 'disabled'; Change = { Disable-KmsKey $args[0] }; Code = 'DisabledException'; Text = 'is disabled.' }
        @{ State = 'pending deletion'; Change = { $null = Register-KmsKeyDeletion $args[0] -Force }; Code = 'KMSInvalidStateException'; Text = 'is pending deletion.' }
    ) {
        $bad = New-KmsKey
        Set-Content "$folder/x" 'x'
        $null = Protect-KmsFile "$folder/x" $bad.KeyId
        Remove-Item "$folder/x"
        & $Change $bad.KeyId
        $refusal = Get-ErrorOf { Unprotect-KmsFile "$folder/x.encrypted" }
        Get-ErrorCode $refusal | Should -Be $Code
        $refusal.Exception.Message | Should -Be "$($bad.Arn) $Text"
        $refusal.TargetObject | Should -Be "$folder/x.encrypted"
        Test-Path "$folder/x" | Should -BeFalse
    }

    It 'refuses files for more keys than allowed' {
        Set-Content "$folder/x" 'x'
        $null = Protect-KmsFile "$folder/x" alias/files, $other.KeyId
        $refusal = Get-ErrorOf { Unprotect-KmsFile "$folder/x.encrypted" -MaxEncryptedDataKey 1 -Force }
        Get-ErrorCode $refusal | Should -Be 'TooManyEncryptedDataKeys'
        "$refusal" | Should -Be "'$folder/x.encrypted': The message has 2 encrypted data keys; at most 1 are allowed."
        (Unprotect-KmsFile "$folder/x.encrypted" -MaxEncryptedDataKey 2 -Force).KeyArn | Should -Be $key.Arn
    }

    It 'keeps nothing of a file with <What>' -ForEach @(
        @{ What = 'a changed context'; Code = 'InvalidCiphertextException'; Change = { $at = [Text.Encoding]::Latin1.GetString($args[0]).IndexOf('apollo'); $args[0][$at] = 65; , $args[0] } }
        @{ What = 'a changed first frame'; Code = 'FrameNotAuthentic'; Change = { $at = $args[0].Length - 200; $args[0][$at] = $args[0][$at] -bxor 1; , $args[0] } }
        @{ What = 'a changed signature'; Code = 'SignatureNotAuthentic'; Change = { $at = $args[0].Length - 1; $args[0][$at] = $args[0][$at] -bxor 1; , $args[0] } }
        @{ What = 'an end that is missing'; Code = 'Truncated'; Change = { , $args[0][0..($args[0].Length - 2)] } }
        @{ What = 'something behind its end'; Code = 'TrailingData'; Change = { , ($args[0] + [byte] 0) } }
        @{ What = 'version 1'; Code = 'UnsupportedAlgorithmSuite'; Change = { , ([byte[]] (1, 0x80, 3, 0x78) + $args[0]) } }
        @{ What = 'base64'; Code = 'MessageInBase64'; Change = { , [Text.Encoding]::ASCII.GetBytes([Convert]::ToBase64String($args[0])) } }
        @{ What = 'text'; Code = 'NotAMessage'; Change = { , [Text.Encoding]::ASCII.GetBytes('hello') } }
        @{ What = 'nothing in it'; Code = 'NotAMessage'; Change = { , [byte[]] @() } }
    ) {
        [IO.File]::WriteAllBytes($sealed, (& $Change $bytes))
        $refusal = Get-ErrorOf { Unprotect-KmsFile $sealed }
        $refusal.FullyQualifiedErrorId | Should -Be "$Code,KmsTools.Commands.UnprotectKmsFileCommand"
        $refusal.CategoryInfo.Category | Should -BeIn 'InvalidData', 'NotImplemented'
        $refusal.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        ($refusal | Out-String) | Should -Not -Match 'the secret'
        (Get-ChildItem $folder -Force).Name | Should -Be 'report.txt.encrypted'
    }

    It 'leaves the old file alone when it fails with -Force' {
        Set-Content "$folder/report.txt" 'older'
        $bytes[-1] = $bytes[-1] -bxor 1
        [IO.File]::WriteAllBytes($sealed, $bytes)
        Get-ErrorCode (Get-ErrorOf { Unprotect-KmsFile $sealed -Force }) | Should -Be 'SignatureNotAuthentic'
        Get-Content "$folder/report.txt" | Should -Be 'older'
    }

    It 'uses a related key of another Region' {
        $primary = New-KmsKey -MultiRegion $true
        $null = New-KmsReplicaKey $primary.KeyId -ReplicaRegion eu-west-1
        Set-Content "$folder/x" 'x'
        $null = Protect-KmsFile "$folder/x" $primary.KeyId
        (Unprotect-KmsFile "$folder/x.encrypted" -Region eu-west-1 -Force).KeyArn | Should -Be $primary.Arn.Replace('us-east-1', 'eu-west-1')
        (Unprotect-KmsFile "$folder/x.encrypted" -Force).KeyArn | Should -Be $primary.Arn
    }

    It 'does nothing with -WhatIf' {
        $before = @(Get-KmsEvent -EventName Decrypt).Count
        Unprotect-KmsFile $sealed -WhatIf | Should -BeNullOrEmpty
        (Get-ChildItem $folder -Force).Name | Should -Be 'report.txt.encrypted'
        @(Get-KmsEvent -EventName Decrypt).Count | Should -Be $before
    }

    It 'shows no secret in any view or event' {
        $report = Unprotect-KmsFile $sealed
        $views = @(
            $report | Out-String
            $report | Format-List * | Out-String
            $report | ConvertTo-Json -Depth 5 -WarningAction Ignore
            Get-KmsEvent -Last 5 | ForEach-Object CloudTrailEvent
        ) -join "`n"
        $views | Should -Match 'project'
        $views | Should -Not -Match 'the secret'
    }
}
