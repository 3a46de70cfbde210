# What the tests of the cmdlets have in common.

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
