# The store of a session: it is that of the process, and no other takes its place in silence.
BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/Support.ps1"
    $module = "$env:KMSTOOLS_TEST_MODULE/KmsTools.psd1"

    # What a new PowerShell writes, whose own store is in a folder of the test.
    function Invoke-Session([string] $Command) {
        $folder = Join-Path $TestDrive ([guid]::NewGuid().ToString('N'))
        Invoke-NewPowerShell "`$env:KMSTOOLS_STORE = '$folder/own'; Import-Module '$module'; $Command" 3>&1 2>&1 | ForEach-Object { "$_" }
    }

    # Sessions of one PowerShell, one after the other, each with an own store of its user. What they write, by name.
    function Invoke-SessionInTurn([System.Collections.Specialized.OrderedDictionary] $Command) {
        $all = foreach ($name in $Command.Keys) {
            "`$env:KMSTOOLS_STORE = '$TestDrive/$name/own'; Import-Module '$module'; '<$name>'; & { $($Command[$name]) }"
        }
        $said, $name = @{}, ''
        foreach ($line in Invoke-NewPowerShell ($all -join "`n") 3>&1 2>&1) {
            if ("$line" -match '^<(\w+)>$') { $name = $Matches[1]; $said[$name] = @() } else { $said[$name] += "$line" }
        }

        $said
    }

    Set-Content "$TestDrive/file" 'not a folder'
    Set-Content "$TestDrive/Nested.psm1" "Import-Module '$module' -Force"
    $inTurn = Invoke-SessionInTurn ([ordered] @{
            failed  = "
                try { Connect-Kms '$TestDrive/file' } catch { 'failed' }
                try { New-KmsKey } catch { `$_.FullyQualifiedErrorId; `"`$_`"; `$_.ErrorDetails.RecommendedAction }
                Test-Path `$env:KMSTOOLS_STORE
                Disconnect-Kms
                @(Get-KmsKeyList).Count"
            forced  = "
                `$path = (Connect-Kms -Temporary).Path
                `$key = New-KmsKey
                Import-Module '$module' -Force
                (Get-KmsConnection).Path -eq `$path
                (Get-KmsKeyList).KeyId -eq `$key.KeyId
                Test-Path `$env:KMSTOOLS_STORE"
            nested  = "
                `$path = (Connect-Kms -Temporary).Path
                Import-Module '$TestDrive/Nested.psm1' -Force
                Import-Module '$module'
                (Get-KmsConnection).Path -eq `$path"
            another = "
                `$before = Connect-Kms -Temporary
                `$key = New-KmsKey
                try { Connect-Kms -Temporary -Region US:EAST } catch { 'failed' }
                try { New-KmsKey } catch { `"`$_`" }
                `$again = Get-KmsConnection | Connect-Kms
                [object]::ReferenceEquals(`$again, `$before)
                (Get-KmsKeyList).KeyId -eq `$key.KeyId"
            removed = "
                `$env:PSModulePath = '$(Split-Path $env:KMSTOOLS_TEST_MODULE)' + [IO.Path]::PathSeparator + `$env:PSModulePath
                `$path = (Connect-Kms -Temporary).Path
                Remove-Module KmsTools
                `$null = New-KmsKey
                if ((Get-KmsConnection).Path -eq `$path -and (Test-Path `$path)) { `$path }"
        })
}

Describe 'The store of a session' {
    It 'stays when the module is imported again by force' {
        $inTurn.forced | Should -BeExactly 'True', 'True', 'False'
    }

    It 'stays when a module that is nested imports it by force' {
        $inTurn.nested | Should -BeExactly 'True'
    }

    It 'stays when the module is removed, and is deleted at the end of the process' {
        $inTurn.removed | Should -Match 'kmstools-[0-9a-f]{32}$'
        $inTurn.removed | Should -HaveCount 1
        $inTurn.removed | Should -Not -Exist
    }

    It 'is deleted by the next one when its process was killed, and not while it is in use' -Skip:$IsWindows {
        $killed = Invoke-Session "(Connect-Kms -Temporary).Path; `$null = New-KmsKey; [Diagnostics.Process]::GetCurrentProcess().Kill()"
        $killed = @($killed)[0]
        "$killed/root.key" | Should -Exist
        $lines = Invoke-Session "
            `$inUse = (Connect-Kms -Temporary).Path
            `$shell = [powershell]::Create().AddScript({ Import-Module '$module'; (Connect-Kms -Temporary).Path })
            `$other = `$shell.Invoke()[0]
            Test-Path `$inUse
            Test-Path `$other
            Test-Path '$killed'"
        $lines | Should -BeExactly 'True', 'True', 'False'
    }

    It 'is not replaced by the store of the user when Connect-Kms fails' {
        $inTurn.failed | Should -BeExactly @(
            'failed'
            'NotConnected,KmsTools.Commands.NewKmsKeyCommand'
            'The last Connect-Kms of this session has failed. Until one succeeds, no store is used.'
            'Connect-Kms opens a store. After Disconnect-Kms, the store of the user is used.'
            'False'
            '0')
    }

    It 'is not used when another one was asked for and could not be opened, and is still there afterwards' {
        $inTurn.another | Should -BeExactly @(
            'failed'
            'The last Connect-Kms of this session has failed. Until one succeeds, no store is used.'
            'True'
            'True')
    }

    It 'stays with the version that is loaded, and says so once when another one is imported' {
        $next = (New-Item -ItemType Directory "$TestDrive/next/KmsTools").FullName
        Get-ChildItem $env:KMSTOOLS_TEST_MODULE | Where-Object Name -NE 'KmsTools.psd1' |
            ForEach-Object { $null = New-Item -ItemType SymbolicLink "$next/$($_.Name)" -Target $_.FullName }
        (Get-Content -Raw $module) -replace "(ModuleVersion\s*=\s*)'[^']*'", "`$1'9.8.7'" | Set-Content "$next/KmsTools.psd1"
        $loaded = (Import-PowerShellDataFile $module).ModuleVersion
        Invoke-Session "
            `$null = Connect-Kms -Temporary
            Remove-Module KmsTools
            Import-Module '$next/KmsTools.psd1'
            (Get-Module KmsTools).Version.ToString()
            1..2 | ForEach-Object { Get-KmsConnection | ForEach-Object IsTemporary }" |
            ForEach-Object { $_ -replace "`e\[[\d;]*m" } | Should -BeExactly @(
                '9.8.7'
                "WARNING: KmsTools 9.8.7 was imported, but this process had loaded KmsTools $loaded before, and goes on with it. Restart PowerShell."
                'True'
                'True')
    }

    It 'is told when the store of the user takes its place after Disconnect-Kms, once' {
        $said = Invoke-Session "
            `$env:KMSTOOLS_STORE
            (Connect-Kms -Temporary).Path
            Disconnect-Kms
            @(Get-KmsKeyList).Count
            @(Get-KmsKeyList).Count"
        $said[2] -replace "`e\[[\d;]*m" | Should -BeExactly "WARNING: This session was disconnected from '$($said[1])'. It now uses the store of the user, '$($said[0])'."
        $said[3..4] | Should -BeExactly '0', '0'
    }

    It 'of another runspace is not replaced when that one ends' {
        Invoke-Session "
            `$other = [runspacefactory]::CreateRunspace()
            `$other.Open()
            `$shell = [powershell]::Create(`$other)
            `$null = `$shell.AddScript(`"Import-Module '$module'; Connect-Kms -Temporary`").Invoke()
            @(Get-KmsKeyList).Count
            `$path = (Get-KmsConnection).Path
            `$other.Dispose()
            try { New-KmsKey } catch { `"`$_`" -eq `"The store that this session used, '`$path', was closed.`" }
            Test-Path `$env:KMSTOOLS_STORE" | Should -BeExactly '0', 'True', 'False'
    }
}

Describe 'What belongs to a user' {
    It 'is in one folder, and a folder of another spelling beside it stays as it is' -Skip:(-not $IsLinux -or -not (Test-Path /usr/lib/softhsm/libsofthsm2.so)) {
        $data = "$TestDrive/data"
        $null = New-Item -ItemType Directory "$data/KmsTools/hsm"
        Set-Content "$data/KmsTools/hsm/00000000-1.lock" 'of an earlier version'
        $path = Invoke-Session "
            `$env:XDG_DATA_HOME, `$env:KMSTOOLS_STORE, `$env:SOFTHSM2_CONF = '$data', `$null, `$null
            `$null = New-KmsKey
            `$pin = ConvertTo-SecureString kmsPswd1 -AsPlainText -Force
            `$null = Initialize-KmsHsm -Lab -KeyStorePassword `$pin | Register-KmsHsmCluster
            Enable-KmsRehearsal
            (Get-KmsConnection).Path"
        $path | Should -BeExactly "$data/kmstools"
        (Get-ChildItem $data).Name | Sort-Object -CaseSensitive | Should -BeExactly 'kmstools', 'KmsTools'
        'state.db', 'root.key', 'events', 'softhsm', 'hsm', 'rehearsal' | ForEach-Object { "$path/$_" | Should -Exist }
        $earlier = Get-ChildItem "$data/KmsTools" -Recurse -File
        $earlier.FullName | Should -BeExactly "$data/KmsTools/hsm/00000000-1.lock"
        Get-Content $earlier | Should -BeExactly 'of an earlier version'
    }
}
