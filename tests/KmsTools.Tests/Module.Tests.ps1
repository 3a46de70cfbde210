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
        Get-ChildItem "$module/Dependencies" -Recurse -Filter 'KmsTools.Engine*' | Should -BeNullOrEmpty
        Get-ChildItem $module -Recurse -Filter '*.psm1' | Should -BeNullOrEmpty
    }

    It 'has natives for desktops and servers only' {
        (Get-ChildItem "$module/Dependencies/runtimes").Name | Sort-Object | Should -Be @(
            'linux-arm64', 'linux-musl-arm64', 'linux-musl-x64', 'linux-x64', 'osx-arm64', 'osx-x64', 'win-arm64', 'win-x64')
    }

    It 'imports without a warning and without SQLite and PKCS#11' {
        $pwsh = (Get-Process -Id $PID).Path
        $output = & $pwsh -NoProfile -NonInteractive -Command "
            Import-Module '$module/KmsTools.psd1' 3>&1
            [AppDomain]::CurrentDomain.GetAssemblies().GetName().Name -match 'sqlite|pkcs11'
            @([Runtime.Loader.AssemblyLoadContext]::All.Name) -match 'KmsTools'" 2>&1
        $output | Should -BeNullOrEmpty
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
    It 'has an approved verb and a singular noun' {
        $Cmdlet.Verb | Should -BeIn (Get-Verb).Verb
        $Cmdlet.Noun | Should -Match '([^s]|Kms|Alias|Status)$'
    }

    It 'is a sealed class named after it' {
        $Cmdlet.ImplementingType.IsSealed | Should -BeTrue
        $Cmdlet.ImplementingType.FullName | Should -Be "KmsTools.Commands.$($Cmdlet.Verb)$($Cmdlet.Noun)Command"
    }

    It 'declares its output' {
        $Cmdlet.OutputType | Should -Not -BeNullOrEmpty
    }

    It 'has help with two examples and text for every parameter' {
        $help = Get-Help $Name -Full
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
        foreach ($example in (Get-Help $Name -Full).examples.example) {
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
