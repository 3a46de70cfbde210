# Each store has a separate lab, wherever its folder goes, and a session that changes stores changes labs.

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    . "$PSScriptRoot/Lab.ps1"

    # SOFTHSM2_CONF is one for a process, and SoftHSM reads its file when it is initialized: each test runs in a separate process.
    function Invoke-Lab([string] $Command) {
        Invoke-NewPowerShell "
            `$env:SOFTHSM2_CONF = ''
            Import-Module '$env:KMSTOOLS_TEST_MODULE'
            `$ErrorActionPreference = 'Stop'
            `$pin = ConvertTo-SecureString kmsPswd1 -AsPlainText -Force
            function New-Lab([string] `$Path) {
                `$null = Connect-Kms `$Path -SimulatedClock -WarningAction Ignore
                (Initialize-KmsHsm -Lab -KeyStorePassword `$pin | Register-KmsHsmCluster | New-KmsCustomKeyStore lab -KeyStorePassword `$pin |
                    Connect-KmsCustomKeyStore -PassThru | New-KmsKey -Origin AWS_CLOUDHSM).KeyId
            }
            function Use-Key([string] `$Key) {
                `$blob = (Invoke-KmsEncrypt `$Key -Plaintext ([byte[]] (1, 2, 3))).CiphertextBlob
                `$bytes = (Invoke-KmsDecrypt -CiphertextBlob `$blob).Plaintext.ToArray()
                `"`$bytes`"
            }
            Set-Location '$TestDrive'
            $Command"
    }
}

Describe 'The lab of a store' -Skip:(-not (Test-Path /usr/lib/softhsm/libsofthsm2.so)) {
    It 'is its own after Copy-KmsStore: a key that is deleted in the copy goes on in the original' {
        Invoke-Lab "
            `$key = New-Lab ./r1
            Disconnect-Kms
            `$null = Copy-KmsStore ./r1 ./r2
            `$null = Connect-Kms ./r2
            Use-Key `$key
            `$null = Register-KmsKeyDeletion `$key -PendingWindowInDay 7
            `$null = Step-KmsClock 8d
            (Get-KmsKeyList).Count
            (Get-ChildItem ./r2/softhsm/tokens -Recurse -Filter *.object | Where-Object Name -NE token.object).Count
            `$null = Connect-Kms ./r1
            Use-Key `$key" | Should -BeExactly '1 2 3', '0', '0', '1 2 3'
        Get-Content "$TestDrive/r2/softhsm/softhsm2.conf" | Should -BeExactly @(
            "directories.tokendir = $TestDrive/r2/softhsm/tokens", 'objectstore.backend = file', 'log.level = ERROR', 'slots.removable = false')
        if (-not $IsWindows) { [IO.File]::GetUnixFileMode("$TestDrive/r2/softhsm/softhsm2.conf") | Should -Be ([IO.UnixFileMode] 'UserRead, UserWrite') }
        Get-ChildItem "$TestDrive/r2/softhsm" -Force | ForEach-Object Name | Sort-Object | Should -BeExactly 'softhsm2.conf', 'tokens'
    }

    It 'moves with its folder, with what else its configuration says' {
        Invoke-Lab "
            `$key = New-Lab ./r3
            Disconnect-Kms
            Add-Content ./r3/softhsm/softhsm2.conf 'slots.mechanisms = ALL'
            Move-Item ./r3 ./r4
            `$null = Connect-Kms ./r4
            Use-Key `$key" | Should -BeExactly '1 2 3'
        Get-Content "$TestDrive/r4/softhsm/softhsm2.conf" | Should -BeExactly @(
            "directories.tokendir = $TestDrive/r4/softhsm/tokens", 'objectstore.backend = file', 'log.level = ERROR', 'slots.removable = false'
            'slots.mechanisms = ALL')
    }

    It 'comes out of a backup, without the folder that the backup was made of' {
        Invoke-Lab "
            `$passphrase = ConvertTo-SecureString 'correct horse battery' -AsPlainText
            `$key = New-Lab ./r5
            `$null = Backup-KmsStore ./r5.backup -Passphrase `$passphrase
            Disconnect-Kms
            Remove-Item ./r5 -Recurse -Force
            `$null = Restore-KmsStore ./r5.backup ./r6 -Passphrase `$passphrase
            `$null = Connect-Kms ./r6
            Use-Key `$key" | Should -BeExactly '1 2 3'
    }

    It 'is no place for the HSM of the seal: a warning says so, and another that only it opens a backup' {
        $shown = Invoke-Lab "
            `$null = New-Lab ./n
            `$uri = (Get-KmsHsm).Uri
            `$passphrase = ConvertTo-SecureString 'correct horse battery' -AsPlainText
            function Get-Warning([scriptblock] `$Call) {
                @(& `$Call 3>&1 | Where-Object { `$_ -is [Management.Automation.WarningRecord] } | ForEach-Object Message) + 'end'
            }
            Get-Warning { Protect-KmsStore -Hsm `$uri -Pin `$pin -NoRecoveryKey }
            Get-Warning { Backup-KmsStore ./n1.backup }
            `$null = New-Item -ItemType Directory './it''s'
            Get-Warning { Backup-KmsStore './it''s/n.backup' }
            Get-Warning { Backup-KmsStore ./n2.backup -Passphrase `$passphrase }
            Get-Warning { Protect-KmsStore -Hsm `$uri -Pin `$pin -Passphrase `$passphrase -NoRecoveryKey }
            Get-Warning { Backup-KmsStore ./n3.backup }
            Get-Warning { Protect-KmsStore `$passphrase -NoRecoveryKey }"
        $sealed = "The HSM of the seal lies in the folder of the store, $TestDrive/n: a copy of the folder is protected by the PIN of the HSM " +
            'alone. Use a token in another place, or a passphrase instead.'
        $backup = "Only the HSM of the seal opens the backup, and it lies in the folder of the store, $TestDrive/n`: once that is lost, " +
            'nothing opens the backup. Give -Passphrase or -RecoveryKey, or a file with either. Or keep a copy of its lab beside the ' +
            "backup, where Restore-KmsStore finds it: Copy-Item '$TestDrive/n/softhsm' "
        $shown | Should -BeExactly @(
            $sealed, 'end', "$backup'$TestDrive' -Recurse -Force", 'end', "$backup'$TestDrive/it''s' -Recurse -Force", 'end', 'end'
            $sealed, 'end', 'end', 'end')
    }

    It 'follows Connect-Kms from store to store, without Disconnect-Kms' {
        Invoke-Lab "
            `$a = New-Lab ./a
            `$b = New-Lab ./b
            Use-Key `$b
            foreach (`$store in 'a', 'b', 'b', 'a') {
                `$null = Connect-Kms ./`$store
                `$env:SOFTHSM2_CONF
                Use-Key (`$store -eq 'a' ? `$a : `$b)
            }
            `$null = Connect-Kms -Temporary
            `"[`$env:SOFTHSM2_CONF]`"
            `$null = Connect-Kms ./b
            Use-Key `$b
            Disconnect-Kms
            `"[`$env:SOFTHSM2_CONF]`"" | Should -BeExactly @(
            '1 2 3'
            "$TestDrive/a/softhsm/softhsm2.conf", '1 2 3', "$TestDrive/b/softhsm/softhsm2.conf", '1 2 3'
            "$TestDrive/b/softhsm/softhsm2.conf", '1 2 3', "$TestDrive/a/softhsm/softhsm2.conf", '1 2 3'
            '[]', '1 2 3', '[]')
    }

    It 'is not kept out by the refusal of a copy, which does not have the PIN that a connect has made since' {
        Invoke-Lab "
            `$null = Connect-Kms ./s -WarningAction Ignore
            `$hsm = Initialize-KmsHsm -Lab -KeyStorePassword `$pin
            `$cluster = `$hsm | Register-KmsHsmCluster -ManagePassword
            `$store = `$cluster | New-KmsCustomKeyStore lab -KeyStorePassword `$pin
            Copy-Item ./s/softhsm ./copy -Recurse
            Set-Content ./copy/other.conf 'directories.tokendir = $TestDrive/copy/tokens'
            Connect-KmsCustomKeyStore `$store
            function Show-Connect([string] `$Configuration) {
                Disconnect-KmsCustomKeyStore `$store
                `$env:SOFTHSM2_CONF = `$Configuration
                Connect-KmsCustomKeyStore `$store 3>&1 | ForEach-Object Message | Select-Object -First 1
                [string] (Get-KmsCustomKeyStore `$store).ConnectionState
            }
            Show-Connect '$TestDrive/copy/other.conf'
            Show-Connect '$TestDrive/copy/other.conf'
            (Get-KmsStatus).NextCommands | Select-Object -First 1 | ForEach-Object { `$_.Replace(`$store, 'STORE') }
            Show-Connect '$TestDrive/s/softhsm/softhsm2.conf'
            try { Protect-KmsStore -Hsm `$hsm.Uri -WhatIf } catch { `$_.Exception.Cause }
            @(Get-KmsEvent -EventName SealStore).Count
            try { Protect-KmsStore -Hsm `$hsm.Uri -Pin `$pin } catch {
                @(Get-KmsEvent -EventName SealStore).ErrorCode.Count
                `$_.Exception.Cause
                `$_.ErrorDetails.RecommendedAction.Replace(`$store, 'STORE').Replace(`$cluster.ClusterId, 'CLUSTER')
            }" | Should -BeExactly @(
            'INVALID_CREDENTIALS: C_Login returned CKR_PIN_INCORRECT (0xA0)', 'FAILED'
            'INVALID_CREDENTIALS: The HSM refused the password of the custom key store, which is not tried again.', 'FAILED'
            'Each connect changes the PIN of the crypto user (ManagePassword), and only the key store knows the last one. If these HSMs are ' +
            'copies, as those of another lab, let it use the ones that it was connected to: Disconnect-KmsCustomKeyStore STORE; ' +
            'Connect-KmsCustomKeyStore STORE. If they are those, the security officer must set the PIN: Get-Help about_KmsTools_Hsm tells ' +
            'how. With that PIN: Disconnect-KmsCustomKeyStore STORE; Update-KmsCustomKeyStore STORE -KeyStorePassword (Read-Host ' +
            '-AsSecureString); Connect-KmsCustomKeyStore STORE'
            'CONNECTED', 'PinOfHsmIsManaged', '0', '1', 'PinOfHsmIsManaged'
            'Seal the store by an HSM that is in no such cluster, or by a passphrase: Protect-KmsStore (Read-Host -AsSecureString). Or let ' +
            'the PIN stay as it is from now on: Set-KmsHsmCluster CLUSTER -ManagePassword $false. Only STORE knows the present PIN, so the ' +
            'security officer sets another one, while it is disconnected: Disconnect-KmsCustomKeyStore STORE. Get-Help about_KmsTools_Hsm ' +
            'tells how. Then give it to both: Update-KmsCustomKeyStore STORE -KeyStorePassword (Read-Host -AsSecureString), and ' +
            'Protect-KmsStore -Pin.')
    }

    It 'is told of by Get-KmsStatus and Test-KmsStore where it opens the store and its PIN is managed' {
        # The seal comes back with root.key, as it does in a store that an earlier version has sealed.
        Invoke-Lab "
            `$null = Connect-Kms ./risk
            `$hsm = Initialize-KmsHsm -Lab -KeyStorePassword `$pin
            `$cluster = `$hsm | Register-KmsHsmCluster
            `$seal = Protect-KmsStore -Hsm `$hsm.Uri -Pin `$pin -NoRecoveryKey -WarningAction Ignore
            (Get-KmsStatus).NextCommands
            Copy-Item ./risk/root.key ./sealed.key
            Unprotect-KmsStore -Confirm:`$false
            `$null = Set-KmsHsmCluster `$cluster.ClusterId -ManagePassword `$true
            Disconnect-Kms
            Copy-Item ./sealed.key ./risk/root.key
            `$null = Connect-Kms ./risk -WarningAction Ignore
            Unlock-KmsStore -Pin `$pin
            `$expected = ('HSM ''lab'' has a key that opens the seal of this store, {0}, and is in {1}, whose password is managed: the PIN that ' +
                'opens the store is not known any more once a connect has changed it. Seal the store by something else, or let the password not ' +
                'be managed.') -f `$seal.HsmUri, `$cluster.ClusterId
            `$status = Get-KmsStatus -WarningVariable told 3>`$null
            `$told.Message -ceq `$expected
            `$status.NextCommands
            `$risk = Test-KmsStore | Where-Object Kind -EQ SEAL_AT_RISK
            `$risk.Message -ceq `$expected
            `$risk.IsDamage
            Test-KmsStore -Quiet -WarningVariable told 3>`$null
            `$told.Message -ceq `$expected" | Should -BeExactly @(
            'New-KmsKey', 'True', 'Protect-KmsStore', 'New-KmsKey', 'True', 'False', 'True', 'True')
    }

    It 'goes with a temporary store, and so do the tickets of its console' {
        Invoke-Lab "
            `$path = (Connect-Kms -Temporary).Path
            `$null = Initialize-KmsHsm -Lab -KeyStorePassword `$pin
            `$null = New-Item -ItemType File -Force `$path/console/left.ticket
            Test-Path `$path/softhsm/tokens
            Disconnect-Kms
            Test-Path `$path" | Should -BeExactly 'True', 'False'
    }

    It 'takes the place of that of the session that has started this one' {
        Invoke-Lab "
            `$null = New-Lab ./c
            Disconnect-Kms
            Add-Content ./c/softhsm/softhsm2.conf 'slots.mechanisms = ALL'
            `$key = New-Lab ./d
            Disconnect-Kms
            `$env:SOFTHSM2_CONF = '$TestDrive/c/softhsm/softhsm2.conf'
            `$null = Connect-Kms ./d
            Use-Key `$key" | Should -BeExactly '1 2 3'
    }

    It 'goes on while another runspace has the store open' {
        Invoke-Lab "
            `$key = New-Lab ./e
            `$shell = [powershell]::Create()
            `$null = `$shell.AddScript('Import-Module ''$env:KMSTOOLS_TEST_MODULE''; Connect-Kms ''$TestDrive/e''; Disconnect-Kms').Invoke()
            `$shell.Dispose()
            `$env:SOFTHSM2_CONF" | Should -BeExactly "$TestDrive/e/softhsm/softhsm2.conf"
    }

    It 'is its own while another runspace has the copy open: neither works in the tokens of the other' {
        Invoke-Lab "
            `$key = New-Lab ./h
            `$blob = (Invoke-KmsEncrypt `$key -Plaintext ([byte[]] (1, 2, 3))).CiphertextBlob
            Disconnect-Kms
            `$null = Copy-KmsStore ./h ./i
            `$shell = [powershell]::Create()
            function Invoke-Copy([string] `$Script) {
                `$shell.Commands.Clear()
                `$shell.AddScript(`$Script).Invoke()
                `$shell.Streams.Error
            }
            function Read-Original {
                `$bytes = (Invoke-KmsDecrypt -CiphertextBlob `$blob).Plaintext.ToArray()
                `"`$bytes`"
            }
            function Get-Count {
                'h', 'i' | ForEach-Object {
                    `"`$_ `$((Get-ChildItem ./`$_/softhsm/tokens -Recurse -Filter *.object | Where-Object Name -NE token.object).Count)`"
                }
            }
            `$null = Connect-Kms ./h
            Invoke-Copy 'Import-Module ''$env:KMSTOOLS_TEST_MODULE''; `$null = Connect-Kms ''$TestDrive/i'''
            `$env:SOFTHSM2_CONF
            Read-Original
            Invoke-Copy `"```$null = Register-KmsKeyDeletion `$key -PendingWindowInDay 7; ```$null = Step-KmsClock 8d`"
            Get-Count
            `$store = (Get-KmsCustomKeyStore).CustomKeyStoreId
            `$null = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId `$store
            Get-Count
            Invoke-Copy `"Disconnect-KmsCustomKeyStore `$store`"
            Read-Original
            Disconnect-KmsCustomKeyStore `$store
            Connect-KmsCustomKeyStore `$store
            Read-Original
            Invoke-Copy `"Connect-KmsCustomKeyStore `$store; ```$null = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId `$store`"
            Get-Count
            `$shell.Dispose()" | Should -BeExactly @(
            "$TestDrive/i/softhsm/softhsm2.conf", '1 2 3', 'h 1', 'i 0', 'h 2', 'i 0', '1 2 3', '1 2 3', 'h 2', 'i 1')
    }

    It 'is that of an endpoint of the store, while the session has another store open: the clock of a copy is not that of the original' {
        Invoke-Lab "
            `$key = New-Lab ./j
            `$null = Register-KmsKeyDeletion `$key -PendingWindowInDay 7
            Disconnect-Kms
            `$null = Copy-KmsStore ./j ./k
            `$null = Connect-Kms ./j
            `$null = Stop-KmsKeyDeletion `$key
            Enable-KmsKey `$key
            dotnet '$env:KMSTOOLS_TEST_MODULE/Endpoint/KmsTools.Endpoint.dll' step-clock --store ./k --days 8 | Out-Null
            'j', 'k' | ForEach-Object {
                `"`$_ `$((Get-ChildItem ./`$_/softhsm/tokens -Recurse -Filter *.object | Where-Object Name -NE token.object).Count)`"
            }
            Use-Key `$key
            `$endpoint = Start-KmsEndpoint ./k
            Stop-KmsEndpoint `$endpoint
            `$env:SOFTHSM2_CONF" | Should -BeExactly 'j 1', 'k 0', '1 2 3', "$TestDrive/j/softhsm/softhsm2.conf"
    }

    It 'is that of the proxies, keys and configurations of a session, while another runspace has a store with a lab open' {
        Invoke-Lab "
            `$null = New-Lab ./o
            `$other = [powershell]::Create()
            `$null = `$other.AddScript('Import-Module ''$env:KMSTOOLS_TEST_MODULE''; `$null = Connect-Kms ''$TestDrive/q'' -WarningAction Ignore
                `$null = Initialize-KmsHsm -Lab -TokenLabel q -KeyStorePassword (ConvertTo-SecureString kmsPswd1 -AsPlainText -Force)').Invoke()
            `$env:SOFTHSM2_CONF
            `$proxy = New-KmsXksKey orders -Library (Get-KmsHsm).Library -TokenLabel lab -Pin `$pin |
                New-KmsXksProxyConfiguration ./o.yaml -Port 0 -Pin `$pin | Start-KmsXksProxy
            @(`$proxy.Messages).Count
            (Get-Content -Raw `"/proc/`$(`$proxy.ProcessId)/environ`").Split([char] 0) -like 'SOFTHSM2_CONF=*'
            Stop-KmsXksProxy `$proxy
            (Get-ChildItem ./q/softhsm/tokens -Recurse -Filter *.object | Where-Object Name -NE token.object).Count
            `$other.Dispose()" | Should -BeExactly @(
            "$TestDrive/q/softhsm/softhsm2.conf", '0', "SOFTHSM2_CONF=$TestDrive/o/softhsm/softhsm2.conf", '0')
    }

    It 'is made for a store that has none, while another runspace has a store with one open' {
        Invoke-Lab "
            `$null = New-Lab ./l
            `$shell = [powershell]::Create()
            `$shell.AddScript('Import-Module ''$env:KMSTOOLS_TEST_MODULE''; `$null = Connect-Kms ''$TestDrive/m'' -WarningAction Ignore
                `$null = Initialize-KmsHsm -Lab -KeyStorePassword (ConvertTo-SecureString kmsPswd1 -AsPlainText -Force)
                (Get-ChildItem ''$TestDrive/m/softhsm/tokens'').Count').Invoke()
            `$shell.Streams.Error
            (Get-ChildItem ./l/softhsm/tokens).Count
            `$shell.Dispose()" | Should -BeExactly '1', '1'
    }

    It 'does not replace a configuration that was chosen' {
        Invoke-Lab "
            `$null = New-Lab ./f
            Disconnect-Kms
            `$env:SOFTHSM2_CONF = '$TestDrive/chosen.conf'
            Set-Content `$env:SOFTHSM2_CONF (Get-Content ./f/softhsm/softhsm2.conf)
            `$null = Connect-Kms ./f
            Disconnect-Kms
            `$env:SOFTHSM2_CONF" | Should -BeExactly "$TestDrive/chosen.conf"
    }
}

Describe 'A configuration of SoftHSM that is broken: <What>' -Skip:(-not (Test-Path /usr/lib/softhsm/libsofthsm2.so)) -ForEach @(
    @{
        What = 'it is not there'
        Break = "`$env:SOFTHSM2_CONF = '@/none.conf'"
        Fault = "SOFTHSM2_CONF is '@/none.conf', which is not there."
        Code = 'INTERNAL_ERROR'
    }
    @{
        What = 'its folder for tokens is not there'
        Break = "Set-Content @/lost.conf 'directories.tokendir = @/lost'; `$env:SOFTHSM2_CONF = '@/lost.conf'"
        Fault = "The folder '@/lost', which directories.tokendir in '@/lost.conf' names, is not there: make it."
        Code = 'INTERNAL_ERROR'
    }
    @{
        What = 'it names no folder for tokens'
        Break = "Set-Content @/bare.conf 'log.level = ERROR'; `$env:SOFTHSM2_CONF = '@/bare.conf'"
        Fault = "'@/bare.conf' has no line directories.tokendir = <folder>, so the tokens are those of the folder that SoftHSM was built with."
        Code = 'CLUSTER_NOT_FOUND', 'INTERNAL_ERROR'
    }
    @{
        # SoftHSM would end the process.
        What = 'two tokens have one serial number'
        Break = "`$null = New-Item -ItemType Directory @/twins
            foreach (`$name in '00000000-0000-0000-1111-222233334444', '00000000-0000-0001-1111-222233334444') {
                Copy-Item -Recurse (Get-ChildItem @/`$folder/softhsm/tokens)[0].FullName @/twins/`$name
            }
            Set-Content @/twins.conf 'directories.tokendir = @/twins'; `$env:SOFTHSM2_CONF = '@/twins.conf'"
        Fault = "The folders '@/twins/00000000-0000-0000-1111-222233334444' and '@/twins/00000000-0000-0001-1111-222233334444' have tokens " +
            'with the same serial number, at which SoftHSM ends every process that uses it: move one of the two to another place.'
        Code = 'INTERNAL_ERROR'
    }
) {
    It 'is explained wherever the HSMs are needed' {
        $Fault = $Fault.Replace('@', $TestDrive)
        $folder = "broken-$($What.Length)"
        $shown = Invoke-Lab "
            `$folder = '$folder'
            `$key = New-Lab ./$folder
            `$store = (Get-KmsKey `$key).CustomKeyStoreId
            `$cluster = (Get-KmsHsmCluster).ClusterId
            Disconnect-KmsCustomKeyStore `$store
            $($Break.Replace('@', $TestDrive))
            function Get-Advice([scriptblock] `$Call) { try { `$null = & `$Call } catch { `$_.ErrorDetails.RecommendedAction } }
            Get-KmsHsm 3>&1 | Where-Object { `$_ -is [Management.Automation.WarningRecord] } | ForEach-Object Message
            Get-Advice { Invoke-KmsEncrypt `$key -Plaintext a }
            Get-Advice { Backup-KmsHsmCluster `$cluster }
            (Connect-KmsCustomKeyStore `$store 3>&1)[-1].Message
            [string] (Get-KmsCustomKeyStore `$store).ConnectionErrorCode
            Get-Advice { Connect-KmsCustomKeyStore `$store }
            Get-Advice { Register-KmsHsmCluster -Library /usr/lib/softhsm/libsofthsm2.so -TokenLabel other }
            `$store, `$cluster"
        $store, $cluster = $shown[-2, -1]
        $again = "$Fault Once that is right: Disconnect-KmsCustomKeyStore $store; Connect-KmsCustomKeyStore $store"
        $shown[0, 1, 2, 3, 5] | Should -BeExactly @(
            $Fault
            "$Fault Once that is right: Connect-KmsCustomKeyStore $store"
            "$Fault Get-KmsHsm $cluster shows the HSMs."
            $again
            $again)
        # The folder that SoftHSM was built with is not there for each user.
        $shown[4] | Should -BeIn $Code
        $shown[6] | Should -BeLike "*$Fault*"
    }
}
