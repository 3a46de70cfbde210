# What is in the folder of the module. The tests of the package run this file again, on what was installed.

BeforeAll {
    $module = $env:KMSTOOLS_TEST_MODULE ?? (Resolve-Path "$PSScriptRoot/../../artifacts/KmsTools").Path
    Import-Module "$module/KmsTools.psd1" -Force
    . "$PSScriptRoot/Support.ps1"
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

    It 'has views without what only lays out their file, which each import would read' {
        Get-Content -Raw "$module/KmsTools.Format.ps1xml" | Should -Not -Match '>\s+<'
        $texts = foreach ($file in "$module/KmsTools.Format.ps1xml", "$PSScriptRoot/../../src/KmsTools/KmsTools.Format.ps1xml") {
            ([xml](Get-Content -Raw $file)).SelectNodes('//*[not(*)]').ForEach{ "$($_.Name) $($_.InnerText)" } -join "`n"
        }
        $texts[0] | Should -BeExactly $texts[1]
    }

    It 'shows no bytes in any view' {
        $views = [xml](Get-Content -Raw "$module/KmsTools.Format.ps1xml")
        $views.SelectNodes('//ScriptBlock').InnerText | Where-Object { $_ -match 'ToArray|GetBuffer|ReadByte' } | Should -BeNullOrEmpty
        $answer = New-KmsKey | New-KmsDataKey -KeySpec AES_256
        $answer | Out-String | Should -Match 'Plaintext\s+: 32 bytes'
        $answer.Plaintext | Out-String | Should -Match '32 bytes'
    }
}
