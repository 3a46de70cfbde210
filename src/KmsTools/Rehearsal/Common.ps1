# What AWS.Tools.Common has that runbooks for AWS KMS call. The Region is kept where AWS.Tools keeps it; there are no credentials to keep.

function Set-DefaultAWSRegion {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipelineByPropertyName)] [Alias('RegionToCall')] [object] $Region,
        [Parameter(Position = 1)] [string] $Scope
    )

    $name = "$($Region.SystemName ?? $Region)"
    $PSCmdlet.SessionState.PSVariable.Set($(if ($Scope) { "${Scope}:StoredAWSRegion" } else { 'StoredAWSRegion' }), $name)
}

function Get-DefaultAWSRegion {
    [CmdletBinding()]
    param()

    $name = $PSCmdlet.SessionState.PSVariable.GetValue('StoredAWSRegion')
    if ($name) { [pscustomobject] @{ Region = $name; Name = $name; IsShellDefault = $true } }
}

function Clear-DefaultAWSRegion {
    [CmdletBinding()]
    param([Parameter(Position = 0)] [string] $Scope)

    $PSCmdlet.SessionState.PSVariable.Set($(if ($Scope) { "${Scope}:StoredAWSRegion" } else { 'StoredAWSRegion' }), $null)
}

function Initialize-AWSDefaultConfiguration {
    [CmdletBinding()]
    param([object] $Region, [Parameter(ValueFromRemainingArguments)] [object[]] $Credential)

    if ($Region) { $PSCmdlet.SessionState.PSVariable.Set('StoredAWSRegion', "$($Region.SystemName ?? $Region)") }
    Write-Verbose 'Credentials have no meaning in a rehearsal: the caller is the user of the operating system.'
}

function Clear-AWSDefaultConfiguration {
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments)] [object[]] $Other)

    $PSCmdlet.SessionState.PSVariable.Set('StoredAWSRegion', $null)
}

function Set-AWSCredential {
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments)] [object[]] $Credential)

    Write-Verbose 'Credentials have no meaning in a rehearsal: the caller is the user of the operating system.'
}

function Clear-AWSCredential {
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments)] [object[]] $Other)
}

function Get-AWSCredential {
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments)] [object[]] $Profile)
}

Set-Alias Set-AWSCredentials Set-AWSCredential
Set-Alias Clear-AWSCredentials Clear-AWSCredential
Set-Alias Get-AWSCredentials Get-AWSCredential
Set-Alias Initialize-AWSDefaults Initialize-AWSDefaultConfiguration
Set-Alias Clear-AWSDefaults Clear-AWSDefaultConfiguration

