# What the tests of the cmdlets have in common.

# The examples of the help of all cmdlets, as they are in its file: Get-Help takes a good part of a second for each.
function Get-HelpExample([string] $Module) {
    $help = [xml] (Get-Content -Raw (Join-Path $Module 'en-US/KmsTools.dll-Help.xml'))
    foreach ($command in $help.helpItems.command) {
        $number = 0
        foreach ($example in $command.examples.example) {
            $number++
            @{ Name = $command.details.name; Number = $number; Code = $example.code }
        }
    }
}

# The error record that a call is refused with. The parameter's name is unlikely in tests: the call sees it as one of its variables.
function Get-ErrorOf([scriptblock] $RefusedCall) {
    try {
        $null = & $RefusedCall
    }
    catch {
        return $_
    }

    throw "The call was not refused: $RefusedCall"
}

function Get-ErrorCode($ErrorRecord) { $ErrorRecord.FullyQualifiedErrorId.Split(',')[0] }

function Read-Text($Blob) { [Text.Encoding]::UTF8.GetString($Blob.ToArray()) }

function Get-PropertyName($Object) { $Object.PSObject.Properties.Name | Sort-Object }

# A command in a new PowerShell of the same kind as this one. A dotnet tool runs as 'dotnet', whose first argument is PowerShell's assembly.
function Invoke-NewPowerShell([string] $Command) {
    $program, $arguments = [Environment]::ProcessPath, @('-NoProfile', '-NonInteractive', '-Command', $Command)
    if ([IO.Path]::GetFileNameWithoutExtension($program) -eq 'dotnet') {
        $arguments = @("$PSHOME/pwsh.dll") + $arguments
    }

    & $program @arguments
}

# What a command says with -WhatIf. Only a transcript holds it.
function Get-WhatIf([scriptblock] $Command) {
    $file = Join-Path ([IO.Path]::GetTempPath()) "whatif-$([guid]::NewGuid().ToString('N')).txt"
    try {
        $null = Start-Transcript $file -UseMinimalHeader
        $null = & $Command
        $null = Stop-Transcript
        (Get-Content $file | Where-Object { $_ -like 'What if:*' }) -join "`n"
    }
    finally {
        Remove-Item $file -ErrorAction Ignore
    }
}

# What a command does where nobody can answer a question: the message of the error, or nothing when it did not ask.
function Get-Question([string] $Command) {
    $shell = [powershell]::Create()
    try {
        $null = $shell.AddScript("Import-Module '$env:KMSTOOLS_TEST_MODULE'; `$ErrorActionPreference = 'Stop'; $Command")
        $null = $shell.Invoke()
    }
    catch {
        return $_.Exception.InnerException.Message
    }
    finally {
        $shell.Dispose()
    }
}

# A pwsh that is a program of its own, as in PowerShell's packages. Where `dotnet` runs this one, the SDK makes one; without it, nothing.
function New-NativePwsh([string] $Folder) {
    $self = [Environment]::ProcessPath
    if ([IO.Path]::GetFileNameWithoutExtension($self) -eq 'pwsh') {
        return $self
    }

    $sdk = Get-Item "$(Split-Path $self)/sdk/*/AppHostTemplate/apphost" -ErrorAction Ignore | Select-Object -Last 1
    if ($sdk) {
        Add-Type -Path "$($sdk.Directory.Parent.FullName)/Microsoft.NET.HostModel.dll"
        $null = New-Item $Folder -ItemType Directory -Force
        [Microsoft.NET.HostModel.AppHost.HostWriter]::CreateAppHost($sdk.FullName, "$Folder/pwsh", [IO.Path]::GetRelativePath($Folder, "$PSHOME/pwsh.dll"))
        "$Folder/pwsh"
    }
}

# Whether strace is installed and may trace.
function Test-Strace {
    $null -ne (Get-Command strace -CommandType Application -ErrorAction Ignore) -and $(strace -f -o /dev/null true 2>$null; $LASTEXITCODE -eq 0)
}

# The files in a folder that have no name yet, of any process (Linux).
function Get-NamelessFile([string] $Folder) {
    sh -c 'find /proc/[0-9]*/fd -lname "$1/#* (deleted)" -exec stat -L -c %s {} \; 2>/dev/null' sh $Folder |
        ForEach-Object { [pscustomobject] @{ Length = [long] $_ } }
}

# Runs a command in another PowerShell, which is held for three seconds before it gives a file its name. What is in that moment is the
# block's. Returns the output.
function Invoke-HeldBeforeName([string] $Name, [string] $Command, [scriptblock] $Meanwhile) {
    $self = [Environment]::ProcessPath
    $calls = 'linkat,rename,renameat2'
    $line = @('-f', '--seccomp-bpf', '-o', '/dev/null', '-P', $Name, '-e', "trace=$calls", '-e', "inject=${calls}:delay_enter=3000000", $self)
    $line += $self -like '*dotnet' ? @("$PSHOME/pwsh.dll") : @()
    $start = [Diagnostics.ProcessStartInfo]::new('strace', [string[]] ($line + @('-NoProfile', '-NonInteractive', '-Command', $Command)))
    $start.RedirectStandardOutput = $true
    $held = [Diagnostics.Process]::Start($start)
    while (-not (Get-NamelessFile (Split-Path $Name)) -and -not $held.HasExited) { Start-Sleep -Milliseconds 20 }
    Start-Sleep -Seconds 1
    $null = & $Meanwhile
    $held.StandardOutput.ReadToEnd().Trim()
    $held.WaitForExit()
}

# A store that has lost its newest change, the second key; the first one is returned.
function New-StoreThatLostAChange([string] $Folder) {
    $null = Connect-Kms $Folder
    $kept = New-KmsKey -Description 'kept'
    Disconnect-Kms
    $former = [IO.File]::ReadAllBytes("$Folder/state.db")
    $null = Connect-Kms $Folder
    $null = New-KmsKey -Description 'lost'
    Disconnect-Kms
    [IO.File]::WriteAllBytes("$Folder/state.db", $former)
    $kept
}

# A module that says which of its commands was called, in place of a real one. Returns the folder for PSModulePath.
function New-StubModule([string] $Folder, [string] $Name, [string] $Version, [string[]] $Command) {
    $modules = Join-Path $Folder 'installed'
    $place = (New-Item -ItemType Directory (Join-Path $modules $Name $Version) -Force).FullName
    Set-Content "$place/$Name.psm1" @($Command | ForEach-Object { "function $_ { 'AWS was called: $Name $Version' }" })
    New-ModuleManifest "$place/$Name.psd1" -RootModule "$Name.psm1" -ModuleVersion $Version -FunctionsToExport $Command -CmdletsToExport @() -AliasesToExport @()
    $modules
}
