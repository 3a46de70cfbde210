# The package as it would come from the PowerShell Gallery: installed from a repository that is a folder, into a module path of its own.

BeforeDiscovery {
    $noPackage = -not $env:KMSTOOLS_TEST_PACKAGE
}

Describe 'The package' -Skip:$noPackage {
    BeforeAll {
        Import-Module $env:KMSTOOLS_TEST_MODULE -Force
        . "$PSScriptRoot/Support.ps1"
        $script:package = Get-Item (Join-Path $env:KMSTOOLS_TEST_PACKAGE 'KmsTools.*.nupkg')
        $script:version = (Import-PowerShellDataFile "$env:KMSTOOLS_TEST_MODULE/KmsTools.psd1").ModuleVersion
        $script:user = (New-Item -ItemType Directory 'TestDrive:/home').FullName
        $script:installed = "$user/.local/share/powershell/Modules/KmsTools/$version"

        # A user who has never used PowerShell: no profile, no modules, no repositories.
        function Invoke-AsNewUser([string] $Command) {
            $before = $env:HOME, $env:XDG_DATA_HOME, $env:XDG_CONFIG_HOME, $env:XDG_CACHE_HOME, $env:PSModulePath
            try {
                $env:HOME, $env:XDG_DATA_HOME, $env:XDG_CONFIG_HOME, $env:XDG_CACHE_HOME, $env:PSModulePath = $user, $null, $null, $null, $null
                Invoke-NewPowerShell $Command 2>&1
            }
            finally {
                $env:HOME, $env:XDG_DATA_HOME, $env:XDG_CONFIG_HOME, $env:XDG_CACHE_HOME, $env:PSModulePath = $before
            }
        }

        $script:canInstall = [bool] (Get-Module -ListAvailable Microsoft.PowerShell.PSResourceGet)
        if ($canInstall) {
            $script:installation = Invoke-AsNewUser "
                Register-PSResourceRepository -Name here -Uri '$env:KMSTOOLS_TEST_PACKAGE' -Trusted
                Install-PSResource KmsTools -Repository here"
        }
        else {
            # What Install-PSResource does with the package.
            Expand-Archive $package $installed
        }
    }

    It 'is one file, named after the version, with its checksum' {
        $package.Name | Should -Be "KmsTools.$version.nupkg"
        (Get-Content "$env:KMSTOOLS_TEST_PACKAGE/SHA256SUMS") -split '\s+' | Should -Be (Get-FileHash $package).Hash.ToLowerInvariant(), $package.Name
    }

    It 'tells licence, tags and what is new' {
        $archive = [IO.Compression.ZipFile]::OpenRead($package)
        try {
            $nuspec = [xml] [IO.StreamReader]::new(($archive.Entries | Where-Object Name -EQ 'KmsTools.nuspec').Open()).ReadToEnd()
        }
        finally {
            $archive.Dispose()
        }

        $nuspec.package.metadata.license.InnerText | Should -Be 'MIT'
        -split $nuspec.package.metadata.tags | Should -Contain 'PSModule'
        -split $nuspec.package.metadata.tags | Should -Contain 'PSEdition_Core'
        $nuspec.package.metadata.releaseNotes | Should -Match 'All 54 operations'
        $nuspec.package.metadata.dependencies | Should -BeNullOrEmpty
    }

    It 'installs without a word' {
        if (-not $canInstall) {
            Set-ItResult -Skipped -Because 'PSResourceGet is not there: the package was unpacked instead'
        }

        $installation | Should -BeNullOrEmpty
        "$installed/KmsTools.psd1" | Should -Exist
    }

    It 'names its components, with versions and hashes, in a bill of materials' {
        $bill = Get-Content -Raw "$installed/bom.cdx.json" | ConvertFrom-Json
        $bill.bomFormat | Should -Be 'CycloneDX'
        $bill.metadata.component.name, $bill.metadata.component.version | Should -Be 'KmsTools', $version
        ($bill.components | Where-Object name -EQ 'SQLite').version | Should -Be '3.53.4'
        ($bill.components | Where-Object name -EQ 'YamlDotNet').version | Should -Be '18.1.0'
        $bill.components.hashes.alg | Sort-Object -Unique | Should -Be 'SHA-512'

        # Assemblies that are not ours are those of a component, and their licences are there.
        $notices = Get-Content -Raw "$installed/THIRD-PARTY-NOTICES.md"
        foreach ($assembly in Get-ChildItem $installed -Recurse -Filter *.dll | Where-Object { $_.Name -notlike 'KmsTools*' -and $_.FullName -notmatch 'runtimes' }) {
            $bill.components.name | Should -Contain ($assembly.BaseName -replace 'batteries_v2$', 'bundle_e_sqlite3') -Because $assembly.Name
            $notices | Should -Match ($assembly.BaseName -replace '^(SQLitePCLRaw)\..*', '$1') -Because $assembly.Name
        }
    }

    It 'has at most 20 MB' {
        $package.Length | Should -BeLessThan 20MB
    }

    It 'installs the files that were built, unchanged' {
        foreach ($line in Get-Content "$installed/checksums.sha256") {
            $hash, $name = $line -split '\s+', 2
            (Get-FileHash "$installed/$name").Hash | Should -Be $hash -Because $name
        }

        $built = (Get-ChildItem $env:KMSTOOLS_TEST_MODULE -Recurse -File | Measure-Object).Count
        (Get-Content "$installed/checksums.sha256").Count | Should -Be ($built - 1)
    }

    It 'works for a new user, who names nothing but the module' {
        Invoke-AsNewUser '
            Import-Module KmsTools
            $key = New-KmsKey
            $sealed = Invoke-KmsEncrypt $key.KeyId -Plaintext hello
            (Invoke-KmsDecrypt -CiphertextBlob $sealed.CiphertextBlob).Plaintext.Length
            (Get-Command -Module KmsTools -CommandType Cmdlet).Count
            (Get-Help New-KmsKey).Synopsis' | Should -Be @(
                '5'
                (Import-PowerShellDataFile "$installed/KmsTools.psd1").CmdletsToExport.Count
                (Get-Help New-KmsKey).Synopsis
            )
    }

    It 'passes the tests of a package for this user as well' {
        $gate = (Resolve-Path "$PSScriptRoot/ModuleFiles.Tests.ps1").Path
        Invoke-AsNewUser "
            `$env:KMSTOOLS_TEST_MODULE = '$installed'
            Import-Module '$((Get-Module Pester).Path)'
            `$result = Invoke-Pester '$gate' -PassThru -Output None
            `$result.Failed.ExpandedPath
            `"`$(`$result.PassedCount) passed, `$(`$result.FailedCount) failed`"" | Should -Match '^[1-9]\d* passed, 0 failed$'
    }
}
