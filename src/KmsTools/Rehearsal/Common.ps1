# What AWS.Tools.Common has that runbooks for AWS KMS call. Region and credentials are kept where AWS.Tools keeps them.

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
    param(
        [object] $Region,
        [Alias('AK')] [string] $AccessKey,
        [Alias('SK', 'SecretAccessKey')] [string] $SecretKey,
        [Alias('ST')] [string] $SessionToken,
        [Alias('StoredCredentials', 'AWSProfileName')] [string] $ProfileName,
        [Alias('AWSProfilesLocation', 'ProfilesLocation')] [string] $ProfileLocation,
        [object] $Credential,
        [Parameter(ValueFromRemainingArguments)] [object[]] $Other
    )

    if ($Region) { $PSCmdlet.SessionState.PSVariable.Set('StoredAWSRegion', "$($Region.SystemName ?? $Region)") }
    $stored = & $readCredential $PSBoundParameters
    if ($stored) { $PSCmdlet.SessionState.PSVariable.Set('StoredAWSCredentials', $stored) }
}

function Clear-AWSDefaultConfiguration {
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments)] [object[]] $Other)

    $PSCmdlet.SessionState.PSVariable.Set('StoredAWSRegion', $null)
    $PSCmdlet.SessionState.PSVariable.Set('StoredAWSCredentials', $null)
}

function Set-AWSCredential {
    [CmdletBinding()]
    param(
        [Alias('AK')] [string] $AccessKey,
        [Alias('SK', 'SecretAccessKey')] [string] $SecretKey,
        [Alias('ST')] [string] $SessionToken,
        [Alias('StoredCredentials', 'AWSProfileName')] [string] $ProfileName,
        [Alias('AWSProfilesLocation', 'ProfilesLocation')] [string] $ProfileLocation,
        [Parameter(ValueFromPipeline)] [object] $Credential,
        [string] $StoreAs,
        [string] $Scope,
        [Parameter(ValueFromRemainingArguments)] [object[]] $Other
    )

    process {
        if ($StoreAs) {
            Write-Verbose 'A rehearsal stores no profile: the credentials file is left as it is.'
            return
        }

        $stored = & $readCredential $PSBoundParameters
        if ($stored) {
            $PSCmdlet.SessionState.PSVariable.Set($(if ($Scope) { "${Scope}:StoredAWSCredentials" } else { 'StoredAWSCredentials' }), $stored)
        }
    }
}

function Clear-AWSCredential {
    [CmdletBinding()]
    param([string] $Scope, [Parameter(ValueFromRemainingArguments)] [object[]] $Other)

    $PSCmdlet.SessionState.PSVariable.Set($(if ($Scope) { "${Scope}:StoredAWSCredentials" } else { 'StoredAWSCredentials' }), $null)
}

function Get-AWSCredential {
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments)] [object[]] $Profile)

    $PSCmdlet.SessionState.PSVariable.GetValue('StoredAWSCredentials')
}

# What the cmdlets of AWS KMS read. Credentials that the store does not know have no effect.
$readCredential = {
    param([System.Collections.IDictionary] $Given)

    $members = [ordered] @{ PSTypeName = 'KmsTools.StoredCredential' }
    if ($Given['AccessKey'] -and $Given['SecretKey']) {
        $members.AccessKey, $members.SecretKey, $members.Token = $Given['AccessKey'], $Given['SecretKey'], $Given['SessionToken']
    }
    elseif ($Given['ProfileName']) {
        $members.ProfileName, $members.ProfileLocation = $Given['ProfileName'], $Given['ProfileLocation']
    }
    elseif ($Given['Credential'] -is [pscredential]) {
        $members.AccessKey, $members.SecretKey = $Given['Credential'].UserName, $Given['Credential'].GetNetworkCredential().Password
    }
    elseif ($Given['Credential']) {
        $from = $Given['Credential']
        if ($from.psobject.Methods['GetCredentials']) { $from = $from.GetCredentials() }
        $members.AccessKey = $from.AccessKey ?? $from.AccessKeyId
        $members.SecretKey = $from.SecretKey ?? $from.SecretAccessKey
        $members.Token = $from.Token ?? $from.SessionToken
    }

    if ($members.Count -gt 1) {
        # The secret is not shown.
        $shown = [System.Management.Automation.PSPropertySet]::new('DefaultDisplayPropertySet', [string[]] ('AccessKey', 'ProfileName'))
        [pscustomobject] $members | Add-Member MemberSet PSStandardMembers ([System.Management.Automation.PSMemberInfo[]] @($shown)) -PassThru
    }
}

Set-Alias Set-AWSCredentials Set-AWSCredential
Set-Alias Clear-AWSCredentials Clear-AWSCredential
Set-Alias Get-AWSCredentials Get-AWSCredential
Set-Alias Initialize-AWSDefaults Initialize-AWSDefaultConfiguration
Set-Alias Clear-AWSDefaults Clear-AWSDefaultConfiguration

