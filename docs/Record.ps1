<#
.SYNOPSIS
Runs commands in PowerShell in a pseudo-terminal, and draws what the terminal showed as an SVG image.

.DESCRIPTION
The image is text: it shows what the run showed, in its colours, and with -Animated in its time. It follows the reader's choice of a light
or a dark page. Needs `script` of util-linux.

.EXAMPLE
./docs/Record.ps1 -CommandFile ./docs/tour.txt -Path ./docs/tour.svg -Module ./artifacts/KmsTools -Animated
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $CommandFile,
    [Parameter(Mandatory)] [string] $Path,
    [Parameter(Mandatory)] [string] $Module,
    [string[]] $Hidden = @(),
    [string] $Title = 'KmsTools in PowerShell',
    [switch] $Animated,
    [int] $Columns = 100,
    [int] $Rows = 26,
    [int] $TypingDelay = 30,
    [int] $ReadingDelay = 1200
)

$ErrorActionPreference = 'Stop'

# What appears within this time appears at once.
$tick = 0.12
$colours = @{ 31 = 'red'; 32 = 'green'; 33 = 'yellow'; 36 = 'cyan'; 90 = 'dim'; 91 = 'red'; 92 = 'green'; 93 = 'yellow'; 96 = 'cyan' }
$charWidth, $lineHeight, $margin = 8.4, 19, 16

# Runs the commands where they see a terminal. Returns the bytes that it got, and the times at which it got how many of them.
function Invoke-InTerminal([string] $Folder) {
    $program = [Environment]::ProcessPath
    $pwsh = [IO.Path]::GetFileNameWithoutExtension($program) -eq 'dotnet' ? "'$program' '$PSHOME/pwsh.dll'" : "'$program'"
    $hiddenText = $Hidden.ForEach({ "'$($_.Replace("'", "''"))'" }) -join ', '
    $command = "`$env:PSModulePath = '$(Split-Path (Resolve-Path $Module))' + [IO.Path]::PathSeparator + `$env:PSModulePath; " +
        "& '$PSScriptRoot/Type.ps1' '$(Resolve-Path $CommandFile)' $TypingDelay $ReadingDelay @($hiddenText)"
    $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($command))
    Set-Content "$Folder/run.sh" "stty cols $Columns rows 200`nexec $pwsh -NoLogo -NoProfile -EncodedCommand $encoded"
    $before = $env:TERM, $env:NO_COLOR
    try {
        $env:TERM, $env:NO_COLOR = 'xterm-256color', $null
        $null = $null | script --quiet --return --command "sh '$Folder/run.sh'" --logging-format classic --log-out "$Folder/out" --log-timing "$Folder/timing"
    }
    finally {
        $env:TERM, $env:NO_COLOR = $before
    }
}

# What a terminal shows of them: lines of runs of characters of one style, each with its column and the time at which it appeared.
function ConvertFrom-TerminalLog([string] $Folder) {
    $bytes = [IO.File]::ReadAllBytes("$Folder/out")

    # The first line is a note of `script`, which is not in the times.
    $offset = [Array]::IndexOf($bytes, [byte] 10) + 1
    $decoder, $buffer = [Text.Encoding]::UTF8.GetDecoder(), [char[]]::new($bytes.Length)
    $lines = [Collections.Generic.List[object]]::new()
    $line = [Collections.Generic.List[object]]::new()
    $column, $time, $style, $state, $parameters = 0, 0.0, '', 'text', ''
    foreach ($entry in Get-Content "$Folder/timing") {
        $delay, $count = -split $entry
        $time += [double]::Parse($delay, [cultureinfo]::InvariantCulture)
        $read = $decoder.GetChars($bytes, $offset, [int] $count, $buffer, 0)
        $offset += [int] $count
        foreach ($char in $buffer[0..($read - 1)]) {
            if ($read -eq 0) { break }
            if ($state -eq 'escape') {
                $state, $parameters = ($char -eq '[' ? 'control' : $char -eq ']' ? 'title' : 'text'), ''
            }
            elseif ($state -eq 'title') {
                if ($char -eq "`a") { $state = 'text' }
            }
            elseif ($state -eq 'control') {
                if ([char]::IsAsciiLetter($char) -or $char -eq '~') {
                    if ($char -ceq 'm') {
                        foreach ($code in $parameters.Split(';')) {
                            $style = $code -in '', '0', '39', '22' ? '' : ($colours[[int] $code] ?? $style)
                        }
                    }

                    $state = 'text'
                }
                else {
                    $parameters += $char
                }
            }
            elseif ($char -eq "`e") {
                $state = 'escape'
            }
            elseif ($char -eq "`n") {
                $lines.Add($line)
                $line = [Collections.Generic.List[object]]::new()
                $column = 0
            }
            elseif (-not [char]::IsControl($char)) {
                $moment = $Animated ? [Math]::Floor($time / $tick) * $tick : 0
                $run = $line.Count -gt 0 ? $line[-1] : $null
                if ($run -and $run.Style -eq $style -and $run.Time -eq $moment) {
                    $run.Text += $char
                }
                else {
                    $line.Add(@{ Text = "$char"; Style = $style; Time = $moment; Column = $column })
                }

                $column++
            }
        }
    }

    if ($line.Count) { $lines.Add($line) }
    while ($lines.Count -and -not $lines[-1].Count) { $lines.RemoveAt($lines.Count - 1) }
    @{ Lines = $lines; Duration = $time + 2 }
}

function Format-Number([double] $Number) { $Number.ToString('0.##', [cultureinfo]::InvariantCulture) }

# Each run is hidden until its time, so that what shows no animations shows the end.
function Write-Run($Run, [int] $Row) {
    $text = $Run.Text
    $start = $text.Length - $text.TrimStart().Length
    if ($start -eq $text.Length) { return }
    $text = $text.Trim()
    $x = Format-Number (($Run.Column + $start) * $charWidth)
    $y = Format-Number (($Row + 1) * $lineHeight - 5)
    $width = Format-Number ($text.Length * $charWidth)
    $class = $Run.Style ? " class='$($Run.Style)'" : ''
    $hidden = $Run.Time -gt 0 ? "<set attributeName='visibility' to='hidden' begin='loop.begin' end='loop.begin+$(Format-Number $Run.Time)s'/>" : ''
    "<text x='$x' y='$y' textLength='$width'$class>$([Security.SecurityElement]::Escape($text))$hidden</text>"
}

# The window moves down where the next line would be below it.
function Write-Scroll($Lines, [double] $Duration) {
    $positions, $times = @('0 0'), @('0')
    for ($row = $Rows; $row -lt $Lines.Count; $row++) {
        if (-not $Lines[$row].Count) { continue }
        $positions += "0 $(Format-Number (($Rows - 1 - $row) * $lineHeight))"
        $times += ($Lines[$row][0].Time / $Duration).ToString('0.#####', [cultureinfo]::InvariantCulture)
    }

    "<animateTransform attributeName='transform' type='translate' calcMode='discrete' begin='loop.begin' dur='$(Format-Number $Duration)s' fill='freeze' values='$($positions -join ';')' keyTimes='$($times -join ';')'/>"
}

function Write-Image($Screen) {
    $shown = [Math]::Min($Rows, $Screen.Lines.Count)
    $width = Format-Number ($Columns * $charWidth + 2 * $margin)
    $height = Format-Number ($shown * $lineHeight + 2 * $margin)
    $last = Format-Number (($shown - $Screen.Lines.Count) * $lineHeight)
    $duration = Format-Number $Screen.Duration
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 $width $height' width='$width' height='$height' role='img'>"
    "<title>$([Security.SecurityElement]::Escape($Title))</title>"
    @'
<style>
svg { color-scheme: light dark }
.page { fill: #f6f8fa; stroke: #d0d7de }
text { fill: #1f2328; font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; white-space: pre }
.red { fill: #cf222e } .green { fill: #116329 } .yellow { fill: #7d4e00 } .cyan { fill: #0969da } .dim { fill: #59636e }
@media (prefers-color-scheme: dark) {
.page { fill: #0d1117; stroke: #3d444d }
text { fill: #e6edf3 }
.red { fill: #ff7b72 } .green { fill: #56d364 } .yellow { fill: #e3b341 } .cyan { fill: #79c0ff } .dim { fill: #9198a1 }
}
</style>
'@
    $loop = $Animated ? "<animate id='loop' attributeName='opacity' begin='0s;loop.end' dur='${duration}s' from='1' to='1'/>" : ''
    "<rect class='page' x='0.5' y='0.5' width='$(Format-Number ($Columns * $charWidth + 2 * $margin - 1))' height='$(Format-Number ($shown * $lineHeight + 2 * $margin - 1))' rx='6'>$loop</rect>"
    "<svg x='$margin' y='$margin' width='$(Format-Number ($Columns * $charWidth))' height='$(Format-Number ($shown * $lineHeight))'><g transform='translate(0 $last)'>"
    if ($Animated -and $Screen.Lines.Count -gt $Rows) { Write-Scroll $Screen.Lines $Screen.Duration }
    for ($row = 0; $row -lt $Screen.Lines.Count; $row++) {
        $Screen.Lines[$row] | ForEach-Object { Write-Run $_ $row }
    }

    '</g></svg></svg>'
}

$folder = (New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "recording-$([guid]::NewGuid().ToString('N'))")).FullName
try {
    Invoke-InTerminal $folder
    Write-Image (ConvertFrom-TerminalLog $folder) | Set-Content $Path
}
finally {
    Remove-Item $folder -Recurse -Force
}
