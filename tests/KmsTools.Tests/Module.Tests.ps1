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
    $common = @([System.Management.Automation.PSCmdlet]::CommonParameters) + [System.Management.Automation.PSCmdlet]::OptionalCommonParameters
}

Describe 'The package' {
    It 'has a valid manifest' {
        (Test-ModuleManifest "$module/KmsTools.psd1").Name | Should -Be 'KmsTools'
    }

    It 'exports the cmdlets and aliases that it lists, and no others' {
        $manifest = Import-PowerShellDataFile "$module/KmsTools.psd1"
        $types = [KmsTools.Commands.KmsCmdlet].Assembly.GetExportedTypes() | Where-Object { -not $_.IsAbstract }
        $attributes = $types | ForEach-Object { [Reflection.CustomAttributeExtensions]::GetCustomAttribute($_, [System.Management.Automation.CmdletAttribute]) }
        $aliases = $types | ForEach-Object { [Reflection.CustomAttributeExtensions]::GetCustomAttribute($_, [System.Management.Automation.AliasAttribute]) }
        $manifest.CmdletsToExport | Should -Be ($attributes | Where-Object { $_ } | ForEach-Object { "$($_.VerbName)-$($_.NounName)" } | Sort-Object)
        $manifest.AliasesToExport | Should -Be ($aliases | ForEach-Object AliasNames | Sort-Object)
        (Get-Module KmsTools).ExportedCmdlets.Keys | Sort-Object | Should -Be $manifest.CmdletsToExport
        (Get-Module KmsTools).ExportedAliases.Keys | Sort-Object | Should -Be $manifest.AliasesToExport
        $manifest.FunctionsToExport | Should -BeNullOrEmpty
    }

    It 'has no second engine, which would be a second identity of its types' {
        @(Get-ChildItem $module -Recurse -Filter 'KmsTools.Engine.dll').FullName | Should -Be (Join-Path $module 'KmsTools.Engine.dll')
        Get-ChildItem $module -Recurse -Filter '*.psm1' | Should -BeNullOrEmpty
    }

    It 'has each assembly and each native library once' {
        Get-ChildItem $module -Recurse -File | Where-Object Extension -In '.dll', '.so', '.dylib' | Get-FileHash | Group-Object Hash |
            Where-Object Count -GT 1 | ForEach-Object { $_.Group.Path } | Should -BeNullOrEmpty
    }

    It 'has natives for desktops and servers only' {
        (Get-ChildItem "$module/Dependencies/runtimes").Name | Sort-Object | Should -Be @(
            'linux-arm64', 'linux-musl-arm64', 'linux-musl-x64', 'linux-x64', 'osx-arm64', 'osx-x64', 'win-arm64', 'win-x64')
    }

    It 'imports without a warning and without SQLite, PKCS#11 and Bouncy Castle, and lends the names of AWS only to PowerShell' {
        $output = Invoke-NewPowerShell "
            Import-Module '$module/KmsTools.psd1' 3>&1
            [AppDomain]::CurrentDomain.GetAssemblies().GetName().Name -match 'sqlite|pkcs11|bouncycastle'
            @([Runtime.Loader.AssemblyLoadContext]::All.Name) -match 'KmsTools'
            [Runtime.Loader.AssemblyLoadContext]::Default.Assemblies.GetName().Name -match 'AwsTypes'" 2>&1
        $output | Should -BeExactly 'KmsTools.AwsTypes'
    }

    It 'keeps its store with a SQLite in which the WAL-reset bug is cured, on every platform' {
        $natives = @(Get-ChildItem "$module/Dependencies/runtimes" -Recurse -File)
        $natives.Count | Should -Be 8
        foreach ($native in $natives) {
            [Text.Encoding]::Latin1.GetString([IO.File]::ReadAllBytes($native)) | Should -Match '(?<![\d.])3\.53\.4\x00' -Because $native
        }
    }

    It 'loads Bouncy Castle into its own context, with the first key that needs it' {
        $output = Invoke-NewPowerShell "
            Import-Module '$module/KmsTools.psd1'
            function Get-Loaded { @([AppDomain]::CurrentDomain.GetAssemblies().GetName().Name) -match 'BouncyCastle' | Sort-Object }
            `$null = Connect-Kms -Temporary
            foreach (`$spec in 'RSA_2048', 'ECC_NIST_P256') {
                `$key = New-KmsKey -KeySpec `$spec -KeyUsage SIGN_VERIFY
                `$null = Invoke-KmsSigning text -KeyId `$key.KeyId -SigningAlgorithm `$key.SigningAlgorithms[0]
            }
            Get-Loaded
            'then'
            `$null = New-KmsKey -KeySpec ECC_NIST_EDWARDS25519 -KeyUsage SIGN_VERIFY
            Get-Loaded
            ([Runtime.Loader.AssemblyLoadContext]::All | Where-Object { `$_.Assemblies.GetName().Name -eq 'BouncyCastle.Cryptography' }).Name" 2>&1
        $output | Should -Be 'then', 'BouncyCastle.Cryptography', 'KmsTools.BouncyCastle', 'KmsTools.Dependencies'
    }

    It 'has help in which names of cmdlets are not hyphenated' {
        Get-Content -Raw "$module/en-US/KmsTools.dll-Help.xml" | Should -Not -Match '[a-z]-\s+Kms'
    }

    It 'shows no bytes in any view' {
        $views = [xml](Get-Content -Raw "$module/KmsTools.Format.ps1xml")
        $views.SelectNodes('//ScriptBlock').InnerText | Where-Object { $_ -match 'ToArray|GetBuffer|ReadByte' } | Should -BeNullOrEmpty
        $answer = New-KmsKey | New-KmsDataKey -KeySpec AES_256
        $answer | Out-String | Should -Match 'Plaintext\s+: 32 bytes'
        $answer.Plaintext | Out-String | Should -Match '32 bytes'
    }
}

Describe '<Name>' -ForEach $cmdlets {
    BeforeAll {
        $help = Get-Help $Name -Full
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
        $help.Synopsis.Trim() | Should -Not -BeNullOrEmpty
        $help.Synopsis | Should -Not -Match "^\s*$Name"
        @($help.examples.example).Count | Should -BeGreaterOrEqual 2
        foreach ($example in $help.examples.example) {
            $example.code | Should -Not -BeNullOrEmpty
            ($example.remarks | Out-String).Trim() | Should -Not -BeNullOrEmpty
        }

        foreach ($parameter in $Cmdlet.Parameters.Keys | Where-Object { $_ -notin $common }) {
            ($help.parameters.parameter | Where-Object name -EQ $parameter).description.Text | Should -Not -BeNullOrEmpty -Because "-$parameter needs a text"
        }
    }

    It 'has examples that PowerShell can read and that use parameters that exist' {
        foreach ($example in $help.examples.example) {
            $tokens = $errors = $null
            $script = [System.Management.Automation.Language.Parser]::ParseInput($example.code, [ref] $tokens, [ref] $errors)
            $errors | Should -BeNullOrEmpty
            foreach ($call in $script.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)) {
                $command = Get-Command $call.GetCommandName() -ErrorAction Stop
                foreach ($parameter in $call.CommandElements | Where-Object { $_ -is [System.Management.Automation.Language.CommandParameterAst] }) {
                    { $command.ResolveParameter($parameter.ParameterName) } | Should -Not -Throw
                }
            }
        }
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
        # the host of a proxy that is called is part of the endpoint of a key store.
        $parameters | Where-Object Name -NotIn 'GrantToken', 'HostName', 'Limit', 'Region', 'Path', 'Destination' |
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
            $text = (Get-Help $parameter.Cmdlet -Parameter Force).description.Text
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
            foreach ($parameter in $parameters | Where-Object { $_.Cmdlet -eq $change.Name -and $_.Attributes.Mandatory -contains $true }) {
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
