# Types commands at a prompt and runs them, as a person would.
param([Parameter(Mandatory)] [string] $CommandFile, [int] $TypingDelay, [int] $ReadingDelay, [string[]] $Hidden = @())

$ProgressPreference = 'SilentlyContinue'
foreach ($typedCommand in $Hidden) { . ([scriptblock]::Create($typedCommand)) | Out-Null }
foreach ($typedCommand in Get-Content $CommandFile) {
    [Console]::Write("$($PSStyle.Foreground.Cyan)PS>$($PSStyle.Reset) ")
    foreach ($typedKey in $typedCommand.ToCharArray()) {
        [Console]::Write($typedKey)
        Start-Sleep -Milliseconds $TypingDelay
    }

    [Console]::WriteLine()
    try { . ([scriptblock]::Create($typedCommand)) | Out-Default } catch { $_ | Out-Default }
    Start-Sleep -Milliseconds $ReadingDelay
}
