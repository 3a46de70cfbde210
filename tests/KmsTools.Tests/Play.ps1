<#
.SYNOPSIS
Plays a session that is written down: runs its commands, one after the other, and writes the session again, with what they show now.

.DESCRIPTION
In a file of a session, a command is a line that begins with 'PS> ', lines of the same command begin with '>> ', and the lines after it
are what it shows: output, warnings, questions and errors, as in a terminal of the given width. Lines that begin with '# ' are remarks.
#>
param([Parameter(Mandatory)] [string] $SessionFile, [int] $SessionWidth = 160)

$PSStyle.OutputRendering = 'PlainText'
$sessionCommand = $null
$sessionSteps = @(
    foreach ($sessionLine in Get-Content $SessionFile) {
        if ($sessionLine -like '>> *' -or $sessionLine -eq '>>') {
            $sessionCommand.Shown += "`n$sessionLine"
            $sessionCommand.Code += "`n$($sessionLine -replace '^>> ?')"
        }
        elseif ($sessionLine -like 'PS> *') {
            $sessionCommand = @{ Shown = $sessionLine; Code = $sessionLine.Substring(4) }
            $sessionCommand
        }
        elseif ($sessionLine -like '# *') {
            @{ Shown = $sessionLine; Code = $null }
        }
    })

# As a terminal shows it, which has a column less than its width; warnings and verbose messages with what they are.
function Format-Shown([object[]] $Shown, [int] $Width) {
    $text = $Shown | ForEach-Object {
        if ($_ -is [System.Management.Automation.WarningRecord]) { "WARNING: $_" }
        elseif ($_ -is [System.Management.Automation.VerboseRecord]) { "VERBOSE: $_" }
        else { $_ }
    } | Out-String -Width $Width
    $text.Trim("`r", "`n").TrimEnd()
}

foreach ($sessionStep in $sessionSteps) {
    $sessionStep.Shown
    if ($null -eq $sessionStep.Code) { continue }
    $sessionShown = [Collections.Generic.List[object]]::new()
    try {
        # Dot-sourced here, so that the variables of a command are there for the next one.
        . ([scriptblock]::Create($sessionStep.Code)) *>&1 | ForEach-Object { $sessionShown.Add($_) }
    }
    catch {
        $sessionShown.Add($_)
    }

    $sessionText = Format-Shown $sessionShown $SessionWidth
    if ($sessionText) { $sessionText }
    ''
}
