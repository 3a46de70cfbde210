BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey
    $escrow = New-KmsKey
    New-KmsAlias $key.KeyId -AliasName alias/files
}

AfterAll {
    Disconnect-Kms
}

Describe 'Protect-KmsFile' {
    BeforeEach {
        $folder = Join-Path $TestDrive ([guid]::NewGuid().ToString('N'))
        $null = New-Item $folder -ItemType Directory
        Set-Content "$folder/report.txt" 'the secret of the report' -NoNewline
    }

    It 'writes the encrypted file beside the old one, and tells about it' {
        $report = Protect-KmsFile "$folder/report.txt" -KeyId alias/files -EncryptionContext @{ project = 'apollo' }
        Get-PropertyName $report | Should -Be @(
            'AlgorithmSuite', 'Destination', 'EncryptionContext', 'FrameLength', 'KeyArn', 'KeyArns', 'MessageLength', 'PlaintextLength', 'Source')
        $report.Source | Should -Be "$folder/report.txt"
        $report.Destination | Should -Be "$folder/report.txt.encrypted"
        $report.KeyArn | Should -Be $key.Arn
        $report.KeyArns | Should -Be $key.Arn
        "$($report.AlgorithmSuite)" | Should -Be 'ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384'
        $report.FrameLength | Should -Be 4096
        $report.PlaintextLength | Should -Be 24
        $report.MessageLength | Should -Be (Get-Item $report.Destination).Length
        $report.EncryptionContext.Keys | Should -Be 'project'
        $report.EncryptionContext['project'] | Should -Be 'apollo'
        Get-Content "$folder/report.txt" | Should -Be 'the secret of the report'
        (Get-ChildItem $folder -Force).Name | Should -Be 'report.txt', 'report.txt.encrypted'
        [Text.Encoding]::Latin1.GetString([IO.File]::ReadAllBytes($report.Destination)) | Should -Not -Match 'the secret'
        [IO.File]::ReadAllBytes($report.Destination)[0..2] | Should -Be 2, 5, 0x78
    }

    It 'makes files that only their owner can read' -Skip:$IsWindows {
        $report = Protect-KmsFile "$folder/report.txt" alias/files
        [IO.File]::GetUnixFileMode($report.Destination) | Should -Be 'UserWrite, UserRead'
    }

    It 'takes wildcards, several names, files from the pipeline and names with brackets' {
        Set-Content "$folder/b.txt" 'b'
        Set-Content -LiteralPath "$folder/[1].txt" '1'
        $null = New-Item "$folder/folder.txt" -ItemType Directory
        (Protect-KmsFile "$folder/*.txt" alias/files).Destination | Split-Path -Leaf | Sort-Object |
            Should -Be '[1].txt.encrypted', 'b.txt.encrypted', 'report.txt.encrypted'
        Get-ChildItem "$folder/*.encrypted" | Remove-Item -Force
        (Get-ChildItem $folder -File | Protect-KmsFile -KeyId alias/files).Count | Should -Be 3
        Get-ChildItem $folder -Filter *.encrypted | ForEach-Object { Remove-Item -LiteralPath $_.FullName }
        ("$folder/b.txt", "$folder/report.txt" | Protect-KmsFile -KeyId alias/files).Count | Should -Be 2
        (Protect-KmsFile -LiteralPath "$folder/[1].txt" -KeyId alias/files).Source | Should -Be "$folder/[1].txt"
    }

    It 'says what matched nothing, before it does anything' {
        Set-Content -LiteralPath "$folder/a [1].txt" 'in brackets' -NoNewline
        $null = New-Item -ItemType Directory "$folder/only.folder"
        foreach ($case in @(
            @{ Pattern = "$folder/*.nix"; Advice = 'Check the path. Get-ChildItem shows what there is.' }
            @{ Pattern = "$folder/only.*"; Advice = 'Check the path. Get-ChildItem shows what there is.' }
            @{ Pattern = "$folder/a [1].txt"; Advice = 'A file has exactly this name: -LiteralPath takes it as it is.' }
        )) {
            $refusal = Get-ErrorOf { Protect-KmsFile "$folder/report.txt", $case.Pattern alias/files }
            Get-ErrorCode $refusal | Should -BeExactly 'FileNotFound'
            "$refusal" | Should -BeExactly "No file matches '$($case.Pattern)'."
            $refusal.TargetObject | Should -BeExactly $case.Pattern
            $refusal.CategoryInfo.Category | Should -Be 'ObjectNotFound'
            $refusal.ErrorDetails.RecommendedAction | Should -BeExactly $case.Advice
        }

        Get-ChildItem $folder -Recurse -Filter *.encrypted | Should -BeNullOrEmpty
        (Protect-KmsFile -LiteralPath "$folder/a [1].txt" -KeyId alias/files).Destination | Split-Path -Leaf | Should -BeExactly 'a [1].txt.encrypted'
    }

    It 'goes on with the next file of the pipeline where -ErrorAction says so' {
        $done = "$folder/none.txt", "$folder/report.txt" | Protect-KmsFile -KeyId alias/files -ErrorAction SilentlyContinue -ErrorVariable failed
        $done.Source | Should -BeExactly "$folder/report.txt"
        @($failed).Count | Should -Be 1
    }

    It 'writes where -Destination says: into a folder, or to a name' {
        $null = New-Item "$folder/vault" -ItemType Directory
        (Protect-KmsFile "$folder/report.txt" alias/files -Destination "$folder/vault").Destination | Should -Be "$folder/vault/report.txt.encrypted"
        (Protect-KmsFile "$folder/report.txt" alias/files -OutFile "$folder/named.bin").Destination | Should -Be "$folder/named.bin"
        Push-Location $folder
        try {
            (Protect-KmsFile report.txt alias/files -Destination other.bin).Destination | Should -Be "$folder/other.bin"
        }
        finally {
            Pop-Location
        }

        $refusal = Get-ErrorOf { Protect-KmsFile "$folder/report.txt" alias/files -Destination "$folder/nowhere/" }
        Get-ErrorCode $refusal | Should -Be 'FileNotFound'
        $refusal.Exception.Message | Should -Be "Cannot find the folder of '$folder/nowhere/report.txt.encrypted'."
        Set-Content "$folder/b.txt" 'b'
        $refusal = Get-ErrorOf { Protect-KmsFile "$folder/b.txt", "$folder/report.txt" alias/files -Destination "$folder/one.bin" -Force }
        $refusal.Exception.Message | Should -Be "'$folder/one.bin' was written for another file already. Give a folder as -Destination."
        $refusal = Get-ErrorOf { Protect-KmsFile "$folder/b.txt" alias/files -Destination "$folder/b.txt" -Force }
        $refusal.Exception.Message | Should -Be "'$folder/b.txt' is the file that is read. Give another -Destination."
        Get-Content "$folder/b.txt" | Should -Be 'b'
    }

    It 'replaces a file with -Force only' {
        Set-Content "$folder/report.txt.encrypted" 'something else'
        $refusal = Get-ErrorOf { Protect-KmsFile "$folder/report.txt" alias/files }
        $refusal.FullyQualifiedErrorId | Should -Be 'DestinationExists,KmsTools.Commands.ProtectKmsFileCommand'
        $refusal.CategoryInfo.Category | Should -Be 'ResourceExists'
        $refusal.TargetObject | Should -Be "$folder/report.txt"
        "$refusal" | Should -Be "'$folder/report.txt.encrypted' exists already."
        Get-Content "$folder/report.txt.encrypted" | Should -Be 'something else'
        if (-not $IsWindows) { [IO.File]::SetUnixFileMode("$folder/report.txt.encrypted", 'UserRead, UserWrite, GroupRead') }
        $null = Protect-KmsFile "$folder/report.txt" alias/files -Force
        if (-not $IsWindows) { [IO.File]::GetUnixFileMode("$folder/report.txt.encrypted") | Should -Be 'GroupRead, UserWrite, UserRead' }
        (Unprotect-KmsFile "$folder/report.txt.encrypted" -Destination "$folder/back.txt").PlaintextLength | Should -Be 24
    }

    It 'does not replace a file that appears at the last moment' {
        if (-not (Test-Strace)) { Set-ItResult -Skipped -Because 'strace, which delays the last step, is not here or may not trace'; return }
        $answer = Invoke-HeldBeforeName "$folder/report.txt.encrypted" @"
Import-Module '$env:KMSTOOLS_TEST_MODULE'
`$null = Connect-Kms -Temporary
try { Protect-KmsFile '$folder/report.txt' (New-KmsKey).KeyId } catch { `$_.FullyQualifiedErrorId }
"@ { Set-Content "$folder/report.txt.encrypted" 'of another program' }
        $answer | Should -Be 'DestinationExists,KmsTools.Commands.ProtectKmsFileCommand'
        Get-Content "$folder/report.txt.encrypted" | Should -Be 'of another program'
        (Get-ChildItem $folder -Force).Name | Should -Be 'report.txt', 'report.txt.encrypted'
    }

    It 'leaves devices and folders as they are' {
        $null = New-Item "$folder/report.txt.encrypted" -ItemType Directory
        (Get-ErrorOf { Protect-KmsFile "$folder/report.txt" alias/files -Force }).Exception.Message |
            Should -Be "'$folder/report.txt.encrypted' is not a file that another one could replace."
        if (-not $IsWindows) {
            (Get-ErrorOf { Protect-KmsFile "$folder/report.txt" alias/files -Destination /dev/null -Force }).Exception.Message |
                Should -Be "'/dev/null' is not a file that another one could replace."
            (Get-Item /dev/null).UnixStat.ItemType | Should -Be 'CharacterDevice'
        }
    }

    It 'encrypts for several keys, each of which opens the file' {
        $report = Protect-KmsFile "$folder/report.txt" -KeyId alias/files, $escrow.Arn
        $report.KeyArn | Should -Be $key.Arn
        $report.KeyArns | Should -Be $key.Arn, $escrow.Arn
        (Unprotect-KmsFile $report.Destination -KeyId $escrow.KeyId -Destination "$folder/back.txt").KeyArn | Should -Be $escrow.Arn
        ($report | Out-String) | Should -Match "(?s)KeyArns.*$($escrow.KeyId.Substring(0, 8))"
    }

    It 'leaves the signature out, and takes other frame lengths' {
        $report = Protect-KmsFile "$folder/report.txt" $key.KeyId -NoSignature -FrameLength 10
        "$($report.AlgorithmSuite)" | Should -Be 'ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY'
        $report.FrameLength | Should -Be 10
        $whole = Protect-KmsFile "$folder/report.txt" $key.KeyId -NoSignature -FrameLength 1GB -Force
        $report.MessageLength - $whole.MessageLength | Should -Be 64
        { Protect-KmsFile "$folder/report.txt" $key.KeyId -FrameLength 0 -Force } | Should -Throw '*minimum allowed range of 1*'
        { Protect-KmsFile "$folder/report.txt" $key.KeyId -FrameLength 1073741825 -Force } | Should -Throw '*maximum allowed range of 1073741824*'
    }

    It 'encrypts an empty file' {
        $null = New-Item "$folder/empty" -ItemType File
        (Protect-KmsFile "$folder/empty" alias/files).PlaintextLength | Should -Be 0
        (Unprotect-KmsFile "$folder/empty.encrypted" -Destination "$folder/back").PlaintextLength | Should -Be 0
        (Get-Item "$folder/back").Length | Should -Be 0
    }

    It 'returns the file with -PassThru' {
        $file = Protect-KmsFile "$folder/report.txt" alias/files -PassThru
        $file | Should -BeOfType IO.FileInfo
        $file.FullName | Should -Be "$folder/report.txt.encrypted"
    }

    It 'does nothing with -WhatIf' {
        $before = @(Get-KmsEvent -EventName GenerateDataKey).Count
        Protect-KmsFile "$folder/report.txt" alias/files -WhatIf | Should -BeNullOrEmpty
        (Get-ChildItem $folder -Force).Name | Should -Be 'report.txt'
        @(Get-KmsEvent -EventName GenerateDataKey).Count | Should -Be $before
    }

    It 'says what is wrong with the files, and leaves nothing behind' {
        Get-ErrorCode (Get-ErrorOf { Protect-KmsFile "$folder/nix" alias/files }) | Should -Be 'PathNotFound'
        $refusal = Get-ErrorOf { Protect-KmsFile -LiteralPath "$folder/nix" -KeyId alias/files }
        Get-ErrorCode $refusal | Should -Be 'FileNotFound'
        $refusal.TargetObject | Should -Be "$folder/nix"
        (Get-ErrorOf { Protect-KmsFile $folder alias/files }).Exception.Message | Should -Be "'$folder' is a folder. Get-ChildItem -File finds the files in it."
        (Get-ErrorOf { Protect-KmsFile env:PATH alias/files }).Exception.Message | Should -Be "'env:PATH' is not in the file system."
        (Get-ChildItem $folder -Force).Name | Should -Be 'report.txt'
    }

    It 'says what is wrong with the key, and leaves nothing behind' {
        $refusal = Get-ErrorOf { Protect-KmsFile "$folder/report.txt" alias/file }
        $refusal.FullyQualifiedErrorId | Should -Be 'NotFoundException,KmsTools.Commands.ProtectKmsFileCommand'
        $refusal.ErrorDetails.RecommendedAction | Should -Match 'Did you mean alias/files\?'
        $refusal.TargetObject | Should -Be "$folder/report.txt"
        $disabled = New-KmsKey
        Disable-KmsKey $disabled.KeyId
        $refusal = Get-ErrorOf { Protect-KmsFile "$folder/report.txt" alias/files, $disabled.KeyId }
        Get-ErrorCode $refusal | Should -Be 'DisabledException'
        $refusal.Exception.Message | Should -Be "$($disabled.Arn) is disabled."
        (Get-ChildItem $folder -Force).Name | Should -Be 'report.txt'
    }

    It 'refuses names of the format in the encryption context' {
        $refusal = Get-ErrorOf { Protect-KmsFile "$folder/report.txt" alias/files -EncryptionContext @{ 'aws-crypto-public-key' = 'x' } }
        Get-ErrorCode $refusal | Should -Be 'ReservedEncryptionContext'
        $refusal.CategoryInfo.Category | Should -Be 'InvalidArgument'
        "$refusal" | Should -Match "'aws-crypto-public-key' cannot be in the encryption context"
        (Get-ErrorOf { Protect-KmsFile "$folder/report.txt" alias/files -EncryptionContext @{ a = 1 } }).Exception.Message |
            Should -Be "The value of 'a' in -EncryptionContext is not a string but Int32. Put it in quotes."
        (Get-ChildItem $folder -Force).Name | Should -Be 'report.txt'
    }

    It 'shows its progress after a second, stops at once, and then leaves nothing behind' {
        $file = [IO.File]::Create("$folder/large")
        $file.SetLength(8GB)
        $file.Dispose()
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript("Import-Module '$env:KMSTOOLS_TEST_MODULE'; Protect-KmsFile '$folder/large' alias/files -NoSignature")
            $null = $shell.BeginInvoke()
            $limit = [datetime]::UtcNow.AddSeconds(60)
            while ($shell.Streams.Progress.Count -eq 0 -and [datetime]::UtcNow -lt $limit) {
                Start-Sleep -Milliseconds 50
            }

            $shell.Streams.Progress[0].Activity | Should -Be 'Encrypting large'
            $shell.Streams.Progress[0].StatusDescription | Should -Match '^[0-9.]+ MiB of 8192.0 MiB$'
            (@(Get-ChildItem $folder -Force -Filter .kmstools-*) + @(Get-NamelessFile $folder)).Count | Should -Be 1
            $watch = [Diagnostics.Stopwatch]::StartNew()
            $shell.Stop()
            $watch.Elapsed.TotalSeconds | Should -BeLessThan 5
        }
        finally {
            $shell.Dispose()
        }

        (Get-ChildItem $folder -Force).Name | Sort-Object | Should -Be 'large', 'report.txt'
    }
}
