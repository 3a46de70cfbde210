BeforeDiscovery {
    $module = $env:KMSTOOLS_TEST_MODULE ?? (Resolve-Path "$PSScriptRoot/../../artifacts/KmsTools").Path
    Import-Module "$module/KmsTools.psd1" -Force
    $cmdlets = @(Get-Command -Module KmsTools -CommandType Cmdlet | ForEach-Object { @{ Name = $_.Name; Cmdlet = $_ } })
    $changing = @($cmdlets | Where-Object {
        $_.Cmdlet.Verb -in 'Add', 'New', 'Remove', 'Reset', 'Revoke', 'Set', 'Write', 'Update', 'Enable', 'Disable', 'Import', 'Initialize', 'Register', 'Unregister', 'Start', 'Stop', 'Step'
    })
}

BeforeAll {
    $module = $env:KMSTOOLS_TEST_MODULE ?? (Resolve-Path "$PSScriptRoot/../../artifacts/KmsTools").Path
    Import-Module "$module/KmsTools.psd1" -Force
    . "$PSScriptRoot/Support.ps1"

    # The pages of the help, as they are in its file: Get-Help takes a good part of a second for each.
    $pages = @{}
    $help = [xml] (Get-Content -Raw "$module/en-US/KmsTools.dll-Help.xml")
    foreach ($page in $help.GetElementsByTagName('command:command')) { $pages[$page.details.name] = $page }
    $common = @([System.Management.Automation.PSCmdlet]::CommonParameters) + [System.Management.Automation.PSCmdlet]::OptionalCommonParameters
}

Describe 'The help' {
    It 'is what Get-Help shows' {
        $shown, $page = (Get-Help New-KmsMac -Full), $pages['New-KmsMac']
        $shown.Synopsis.Trim() | Should -BeExactly $page.details.description.para
        $shown.examples.example.code | Should -BeExactly $page.examples.example.code
        $shown.examples.example.remarks.Text | Should -BeExactly $page.examples.example.remarks.para
        $shown.parameters.parameter.ForEach({ "$($_.name): $($_.description.Text)" }) |
            Should -BeExactly $page.parameters.parameter.ForEach({ "$($_.name): $($_.description.para)" })
    }
}

Describe '<Name>' -ForEach $cmdlets {
    BeforeAll {
        $help = $pages[$Name]
    }

    It 'has an approved verb and a singular noun' {
        $Cmdlet.Verb | Should -BeIn (Get-Verb).Verb
        $Cmdlet.Noun | Should -Match '([^s]|Kms|Alias|Status|Access|Address)$'
    }

    It 'is a sealed class named after it' {
        $Cmdlet.ImplementingType.IsSealed | Should -BeTrue
        $Cmdlet.ImplementingType.FullName | Should -Be "KmsTools.Commands.$($Cmdlet.Verb)$($Cmdlet.Noun)Command"
    }

    It 'has a page for Get-Help -Online' {
        $Cmdlet.HelpUri | Should -Match '^https://docs\.aws\.amazon\.com/kms/latest/(APIReference/API_[A-Za-z]+|developerguide/[a-z-]+)\.html$'
    }

    It 'declares its output' {
        $Cmdlet.OutputType | Should -Not -BeNullOrEmpty
    }

    It 'has help with two examples and text for every parameter' {
        $synopsis = "$($help.details.description.para)"
        $synopsis.Trim() | Should -Not -BeNullOrEmpty
        $synopsis | Should -Not -Match "^\s*$Name"
        @($help.examples.example).Count | Should -BeGreaterOrEqual 2
        @($help.examples.example).Where({ -not "$($_.code)".Trim() -or -not "$($_.remarks.para)".Trim() }).title | Should -BeNullOrEmpty

        $texts = @{}
        foreach ($parameter in $help.parameters.parameter) { $texts[$parameter.name] = "$($parameter.description.para)".Trim() }
        $Cmdlet.Parameters.Keys | Where-Object { $_ -notin $common -and -not $texts[$_] } | Should -BeNullOrEmpty -Because 'each parameter needs a text'
    }

    It 'has examples that PowerShell can read and that use parameters that exist' {
        $wrong = foreach ($example in $help.examples.example) {
            $tokens = $errors = $null
            $script = [System.Management.Automation.Language.Parser]::ParseInput($example.code, [ref] $tokens, [ref] $errors)
            $errors
            foreach ($call in $script.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)) {
                # A program of others, which not every machine has.
                if ($call.GetCommandName() -eq 'aws') { continue }
                $command = Get-Command $call.GetCommandName() -ErrorAction Stop
                foreach ($parameter in $call.CommandElements | Where-Object { $_ -is [System.Management.Automation.Language.CommandParameterAst] }) {
                    try { $null = $command.ResolveParameter($parameter.ParameterName) } catch { "$($command.Name) -$($parameter.ParameterName): $_" }
                }
            }
        }
        $wrong | Should -BeNullOrEmpty
    }
}

Describe 'The cmdlet <Name>, which changes something,' -ForEach $changing {
    It 'supports ShouldProcess' {
        $Cmdlet.Parameters.Keys | Should -Contain 'WhatIf'
        $Cmdlet.Parameters.Keys | Should -Contain 'Confirm'
    }
}

Describe 'All cmdlets' {
    BeforeAll {
        $parameters = foreach ($cmdlet in Get-Command -Module KmsTools -CommandType Cmdlet) {
            foreach ($parameter in $cmdlet.Parameters.Values | Where-Object Name -NotIn $common) {
                [pscustomobject]@{
                    Cmdlet     = $cmdlet.Name
                    Name       = $parameter.Name
                    Type       = $parameter.ParameterType
                    Aliases    = ($parameter.Aliases | Sort-Object) -join ','
                    Attributes = @($parameter.Attributes | Where-Object { $_ -is [System.Management.Automation.ParameterAttribute] })
                }
            }
        }

        $parametersOf = $parameters | Group-Object Cmdlet -AsHashTable

        function Get-Impact($Cmdlet) {
            [Reflection.CustomAttributeExtensions]::GetCustomAttribute($Cmdlet.ImplementingType, [System.Management.Automation.CmdletAttribute]).ConfirmImpact
        }
    }

    It 'have a file of Pester tests each' {
        $files = (Get-ChildItem "$PSScriptRoot/Commands" -Recurse -Filter *.Tests.ps1).Name -replace '\.Tests\.ps1$'
        (Get-Command -Module KmsTools -CommandType Cmdlet).Name | Where-Object { $_ -notin $files } | Should -BeNullOrEmpty
        $files | Where-Object { $_ -notin (Get-Command -Module KmsTools).Name } | Should -BeNullOrEmpty
    }

    It 'give parameters of the same name the same aliases' {
        # AWS.Tools decides for GrantToken, Limit and Region; a path of a store is not the path of a file; orphaned material has a KeyArn;
        # the host of a proxy that is called is part of the endpoint of a key store; a principal has policies by their names.
        $parameters | Where-Object Name -NotIn 'GrantToken', 'HostName', 'Limit', 'Region', 'Path', 'Destination', 'Policy' |
            Where-Object { $_.Name -ne 'KeyId' -or $_.Cmdlet -ne 'Get-KmsHsmClusterBackup' } | Group-Object Name | ForEach-Object {
            @($_.Group.Aliases | Sort-Object -Unique).Count | Should -Be 1 -Because "-$($_.Name): $($_.Group.ForEach({ "$($_.Cmdlet) [$($_.Aliases)]" }) -join ', ')"
        }
    }

    It 'put a cluster first and its HSM second' {
        foreach ($parameter in $parameters | Where-Object { $_.Name -eq 'ClusterId' -and $_.Cmdlet -ne 'Register-KmsHsmCluster' -and $_.Attributes[0].Position -ge 0 }) {
            $parameter.Attributes.Position | Sort-Object -Unique | Should -Be 0 -Because $parameter.Cmdlet
        }

        foreach ($parameter in $parameters | Where-Object { $_.Name -eq 'TokenLabel' -and $_.Cmdlet -like '*-KmsHsm' -and $_.Cmdlet -ne 'Initialize-KmsHsm' }) {
            $parameter.Attributes.Position | Sort-Object -Unique | Should -Be 1 -Because $parameter.Cmdlet
        }
    }

    It 'have -Force where they ask by default, as a switch that answers the question' {
        foreach ($cmdlet in Get-Command -Module KmsTools -CommandType Cmdlet | Where-Object { (Get-Impact $_) -eq 'High' }) {
            $cmdlet.Parameters.Keys | Should -Contain 'Force' -Because $cmdlet.Name
        }

        foreach ($parameter in $parameters | Where-Object Name -EQ 'Force') {
            $parameter.Type | Should -Be ([switch]) -Because $parameter.Cmdlet
            $text = ($pages[$parameter.Cmdlet].parameters.parameter | Where-Object name -EQ Force).description.para
            $text | Should -Match '^Skips the confirmation prompt|^Replaces an existing file' -Because $parameter.Cmdlet
        }
    }

    It 'take from the pipeline what the Get- cmdlet of their noun writes' {
        $changes = Get-Command -Module KmsTools -CommandType Cmdlet | Where-Object Verb -In 'Remove', 'Set', 'Unregister', 'Reset', 'Stop', 'Connect', 'Disconnect'
        $nouns = @{ KmsAlias = 'KmsAliasList'; KmsImportedKeyMaterial = 'KmsKey'; KmsKeyDeletion = 'KmsKey' }
        foreach ($change in $changes) {
            $noun = $nouns[$change.Noun] ?? $change.Noun
            $get = Get-Command "Get-$noun" -Module KmsTools -ErrorAction Ignore
            if (-not $get -or $change.Noun -eq 'Kms') { continue }
            if ($get.CommandType -eq 'Alias') { $get = $get.ResolvedCommand }
            $written = $get.OutputType.Type | ForEach-Object { if ($_.IsArray) { $_.GetElementType() } else { $_ } }
            foreach ($parameter in $parametersOf[$change.Name] | Where-Object { $_.Attributes.Mandatory -contains $true }) {
                $names = @($parameter.Name) + ($parameter.Aliases -split ',' | Where-Object { $_ })
                $byName = @($parameter.Attributes | Where-Object ValueFromPipelineByPropertyName).Count -gt 0 -and @($written.GetProperties().Name | Where-Object { $_ -in $names }).Count -gt 0
                $byValue = @($parameter.Attributes | Where-Object ValueFromPipeline).Count -gt 0 -and $parameter.Type -in $written

                # What a change sets is the user's to say; the key of a tag is not in the tag.
                if ($parameter.Name -in 'Value', 'KeyId', 'BackingKeyId', 'ClusterId' -and $change.Noun -in 'KmsQuota', 'KmsResourceTag', 'KmsOrphanedKeyMaterial') { continue }

                # A principal is bound by its ARN; its names are for people.
                if ($parameter.Name -in 'UserName', 'RoleName', 'GroupName' -and $change.Noun -eq 'KmsPrincipal') { continue }
                ($byName -or $byValue) | Should -BeTrue -Because "$($get.Name) | $($change.Name) -$($parameter.Name)"
            }
        }
    }

    It 'have names of AWS.Tools only where they mean the same' {
        $contract = Get-Content -Raw "$PSScriptRoot/aws-tools-kms-cmdlets.json" | ConvertFrom-Json
        $theirs = @($contract.cmdlets.cmdlet) + @($contract.moduleAliases.psobject.Properties.Name)
        $operations = [KmsTools.Operations.OperationCatalog]::All.RequestType.FullName
        foreach ($command in Get-Command -Module KmsTools | Where-Object Name -In $theirs) {
            $type = ($command.CommandType -eq 'Alias' ? $command.ResolvedCommand : $command).ImplementingType
            while ($type -and -not ($type.IsGenericType -and $type.Name -like 'KmsOperationCmdlet*')) { $type = $type.BaseType }
            $type.GenericTypeArguments[0].FullName | Should -BeIn $operations -Because $command.Name
        }
    }
}
