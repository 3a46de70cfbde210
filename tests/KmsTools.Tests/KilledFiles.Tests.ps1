# What is left in a folder when PowerShell is killed while it writes there: nothing, or what the next command there deletes.

BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $store = (Get-KmsConnection).Path
    $key = New-KmsKey
    $mark = 'the secret of the report'

    # A launcher under which files in a folder need names, or nothing where it cannot be built or may not be used.
    function New-NamedFilesLauncher {
        $launcher = Join-Path $TestDrive 'named-files'
        if ((Get-Command cc -ErrorAction Ignore) -and -not (Test-Path $launcher)) {
            cc -O2 -Wall -Wextra -o $launcher "$PSScriptRoot/Native/named-files.c"
        }

        if ((Test-Path $launcher) -and $(& $launcher true 2>$null; $LASTEXITCODE -eq 0)) { $launcher }
    }

    # A PowerShell in the middle of a file: the rest of what it reads never comes. Returns it and the process that feeds it.
    function Start-Unfinished([string] $Folder, [string] $Cmdlet, [string[]] $Launcher) {
        mkfifo "$Folder/pipe"
        $feeder = [Diagnostics.Process]::Start('sh', [string[]] @(
            '-c', 'exec > "$1"; head -c 1000000 "$2"; exec sleep 600', 'sh', "$Folder/pipe", "$Folder/$($Cmdlet -eq 'Protect-KmsFile' ? 'report.txt' : 'report.txt.encrypted')"))
        $self = [Environment]::ProcessPath
        $line = @($Launcher | Where-Object { $_ }; $self; if ($self -like '*dotnet') { "$PSHOME/pwsh.dll" }; '-NoProfile'; '-NonInteractive'; '-Command')
        $line += "Import-Module '$env:KMSTOOLS_TEST_MODULE'; `$null = Connect-Kms -Path '$store'; $Cmdlet '$Folder/pipe' -KeyId $($key.KeyId) -Destination '$Folder/clear/new'"
        $writer = [Diagnostics.Process]::Start($line[0], [string[]] $line[1..($line.Count - 1)])
        $writer, $feeder
    }

    function Wait-Until([scriptblock] $Condition, [Diagnostics.Process] $Process) {
        while (-not (& $Condition)) {
            if ($Process.HasExited) { throw 'The process ended before.' }
            Start-Sleep -Milliseconds 50
        }
    }

    function Stop-Unfinished([Diagnostics.Process[]] $Process) {
        foreach ($each in $Process) {
            if (-not $each.HasExited) { $each.Kill() }
            $each.WaitForExit()
        }
    }
}

AfterAll {
    Disconnect-Kms
}

Describe 'A file that is being written when PowerShell is killed' -Skip:(-not $IsLinux) {
    BeforeEach {
        $folder = Join-Path $TestDrive ([guid]::NewGuid().ToString('N'))
        $null = New-Item $folder, "$folder/clear" -ItemType Directory
        Set-Content "$folder/report.txt" ($mark * 100000) -NoNewline
        $null = Protect-KmsFile "$folder/report.txt" $key.KeyId
    }

    It 'leaves nothing with <_>' -ForEach 'Unprotect-KmsFile', 'Protect-KmsFile' {
        $processes = Start-Unfinished $folder $_
        try {
            Wait-Until { Get-NamelessFile "$folder/clear" | Where-Object Length -GT 0 } $processes[0]
            Get-ChildItem "$folder/clear" -Force | Should -BeNullOrEmpty
        }
        finally {
            Stop-Unfinished $processes
        }

        Get-ChildItem "$folder/clear" -Force | Should -BeNullOrEmpty
        Get-NamelessFile "$folder/clear" | Should -BeNullOrEmpty
    }

    It 'is deleted by the next command in the folder, where it needs a name' {
        $launcher = New-NamedFilesLauncher
        if (-not $launcher) { Set-ItResult -Skipped -Because 'there is no C compiler, or filters of system calls are not allowed'; return }
        $processes = Start-Unfinished $folder Unprotect-KmsFile $launcher
        try {
            Wait-Until { Get-ChildItem "$folder/clear" -Force | Where-Object Length -GT 0 } $processes[0]
            $left = Get-ChildItem "$folder/clear" -Force
            $left.Name | Should -MatchExactly '^\.kmstools-[0-9a-f]{32}\.tmp$'
            [IO.File]::GetUnixFileMode($left.FullName) | Should -Be 'UserWrite, UserRead'

            # The file of a process that lives stays.
            $null = Protect-KmsFile "$folder/report.txt" $key.KeyId -Destination "$folder/clear/one"
            (Get-ChildItem "$folder/clear" -Force).Name | Should -Be $left.Name, 'one'
        }
        finally {
            Stop-Unfinished $processes
        }

        Get-Content $left.FullName -Raw | Should -BeLike "$mark*"

        # Only files whose names are made by this module are deleted.
        Set-Content "$folder/clear/.kmstools-notes.tmp" 'mine'
        $null = New-Item -ItemType Directory "$folder/clear/.kmstools-$([guid]::NewGuid().ToString('N')).tmp"
        $kept = (Get-ChildItem "$folder/clear" -Force).Name | Where-Object { $_ -ne $left.Name }
        $null = Unprotect-KmsFile "$folder/report.txt.encrypted" -Destination "$folder/clear" -WhatIf
        Test-Path -LiteralPath $left.FullName | Should -BeTrue
        $null = Unprotect-KmsFile "$folder/report.txt.encrypted" -Destination "$folder/clear"
        Test-Path -LiteralPath $left.FullName | Should -BeFalse
        (Get-ChildItem "$folder/clear" -Force).Name | Sort-Object | Should -Be (@($kept) + 'report.txt' | Sort-Object)
    }

    It 'is deleted by Export-KmsEstate too' {
        $left = "$folder/clear/.kmstools-$([guid]::NewGuid().ToString('N')).tmp"
        Set-Content $left 'keys:'
        Export-KmsEstate "$folder/clear/estate.yaml"
        (Get-ChildItem "$folder/clear" -Force).Name | Should -Be 'estate.yaml'
    }

    It 'has its name, its permissions and its content where it needs a name until then' {
        $launcher = New-NamedFilesLauncher
        if (-not $launcher) { Set-ItResult -Skipped -Because 'there is no C compiler, or filters of system calls are not allowed'; return }
        Set-Content "$folder/clear/older" 'older'
        [IO.File]::SetUnixFileMode("$folder/clear/older", 'UserRead, UserWrite, GroupRead')
        $self = [Environment]::ProcessPath
        $line = @(if ($self -like '*dotnet') { "$PSHOME/pwsh.dll" }; '-NoProfile'; '-NonInteractive'; '-Command')
        $answer = & $launcher $self @line @"
Import-Module '$env:KMSTOOLS_TEST_MODULE'; `$null = Connect-Kms -Path '$store'
`$null = Unprotect-KmsFile '$folder/report.txt.encrypted' -Destination '$folder/clear/new'
`$null = Unprotect-KmsFile '$folder/report.txt.encrypted' -Destination '$folder/clear/older' -Force
try { Unprotect-KmsFile '$folder/report.txt.encrypted' -Destination '$folder/clear/new' } catch { `$_.FullyQualifiedErrorId }
"@
        $answer | Should -Be 'DestinationExists,KmsTools.Commands.UnprotectKmsFileCommand'
        (Get-ChildItem "$folder/clear" -Force).Name | Should -Be 'new', 'older'
        (Get-Item "$folder/clear/new", "$folder/clear/older").ForEach({ $_.Length }) | Should -Be 2400000, 2400000
        [IO.File]::GetUnixFileMode("$folder/clear/new") | Should -Be 'UserWrite, UserRead'
        [IO.File]::GetUnixFileMode("$folder/clear/older") | Should -Be 'GroupRead, UserWrite, UserRead'
    }
}

Describe 'The name of a new file' -Skip:$IsWindows {
    BeforeEach {
        $folder = Join-Path $TestDrive ([guid]::NewGuid().ToString('N'))
        $null = New-Item $folder -ItemType Directory
        Set-Content "$folder/report.txt" $mark -NoNewline
    }

    It 'replaces a link, and does not follow it' {
        Set-Content "$folder/other" 'of another program'
        $null = New-Item -ItemType SymbolicLink "$folder/report.txt.encrypted" -Target "$folder/other"
        Get-ErrorCode (Get-ErrorOf { Protect-KmsFile "$folder/report.txt" $key.KeyId }) | Should -Be 'DestinationExists'
        $null = Protect-KmsFile "$folder/report.txt" $key.KeyId -Force
        Get-Content "$folder/other" | Should -Be 'of another program'
        (Get-Item "$folder/report.txt.encrypted").LinkType | Should -BeNullOrEmpty
        (Get-ChildItem $folder -Force).Name | Should -Be 'other', 'report.txt', 'report.txt.encrypted'
    }

    It 'refuses a link that leads nowhere' {
        $null = New-Item -ItemType SymbolicLink "$folder/report.txt.encrypted" -Target "$folder/nowhere" -Force
        Get-ErrorCode (Get-ErrorOf { Protect-KmsFile "$folder/report.txt" $key.KeyId }) | Should -Be 'DestinationExists'
        (Get-ErrorOf { Protect-KmsFile "$folder/report.txt" $key.KeyId -Force }) | Should -Not -BeNullOrEmpty
        (Get-Item "$folder/report.txt.encrypted").LinkTarget | Should -Be "$folder/nowhere"
        (Get-ChildItem $folder -Force).Name | Should -Be 'report.txt', 'report.txt.encrypted'
    }

    It 'gives an estate the permissions of any new file' {
        Export-KmsEstate "$folder/estate.yaml"
        Set-Content "$folder/usual" ''
        [IO.File]::GetUnixFileMode("$folder/estate.yaml") | Should -Be ([IO.File]::GetUnixFileMode("$folder/usual"))
        [IO.File]::SetUnixFileMode("$folder/estate.yaml", 'UserRead, UserWrite')
        Export-KmsEstate "$folder/estate.yaml"
        [IO.File]::GetUnixFileMode("$folder/estate.yaml") | Should -Be 'UserWrite, UserRead'
    }
}
