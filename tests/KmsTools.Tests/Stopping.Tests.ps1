# Ctrl+C ends a cmdlet at once, whatever its call waits for; the call comes to its own end, and the store is whole.

BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/Lab.ps1"
    $lab = New-LabFolder
    $null = Connect-Kms -Temporary -SimulatedClock

    # The files that processes lock to have an HSM for themselves: those that appear with a new HSM are its own.
    function Get-LockFile {
        Get-ChildItem (Join-Path ($env:XDG_DATA_HOME ? $env:XDG_DATA_HOME : "$HOME/.local/share") ($IsMacOS ? 'KmsTools' : 'kmstools') 'hsm' '*.lock') -ErrorAction Ignore
    }

    $before = @(Get-LockFile).Name
    $store = New-LabKeyStore "stopping-$([guid]::NewGuid().ToString('N').Substring(0, 8))" -Connected
    $lockFiles = @(Get-LockFile | Where-Object Name -NotIn $before)
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'A cmdlet that is stopped' {
    It 'shows progress while it waits, and ends while its call still waits' -Skip:$IsWindows {
        $lockFiles | Should -Not -BeNullOrEmpty
        $locks = @($lockFiles | ForEach-Object { [IO.FileStream]::new($_.FullName, 'Open', 'ReadWrite', 'None') })
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript("Import-Module '$env:KMSTOOLS_TEST_MODULE'; New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store")
            $null = $shell.BeginInvoke()
            while ($shell.Streams.Progress.Count -eq 0 -and $shell.InvocationStateInfo.State -eq 'Running') { Start-Sleep -Milliseconds 50 }
            $shell.Streams.Progress[0].Activity | Should -Be 'New-KmsKey'
            $shell.Stop()
            $shell.InvocationStateInfo.State | Should -Be 'Stopped'
            @(Get-KmsKeyList).Count | Should -Be 0
        }
        finally {
            $locks.Dispose()
            $shell.Dispose()
        }

        # The call goes on to its end.
        while (@(Get-KmsKeyList).Count -eq 0) { Start-Sleep -Milliseconds 100 }
        $sealed = Invoke-KmsEncrypt (Get-KmsKeyList).KeyId -Plaintext 'x'
        (Invoke-KmsDecrypt -CiphertextBlob $sealed.CiphertextBlob).Plaintext.Length | Should -Be 1
    }
}

Describe 'Start-KmsEndpoint that is stopped' {
    It 'ends at once, and its program with it' -Skip:(-not $IsLinux) {
        $folder = "$TestDrive/served"
        $known = [Collections.Generic.HashSet[string]] [IO.Directory]::GetDirectories('/proc')
        # As fast as can be, so that it is seen before it serves.
        function Get-Program {
            foreach ($process in [IO.Directory]::GetDirectories('/proc')) {
                try { if (-not $known.Contains($process) -and [IO.File]::ReadAllText("$process/cmdline").Contains("--store`0$folder`0")) { $process } } catch { }
            }
        }
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript("Import-Module '$env:KMSTOOLS_TEST_MODULE'; Start-KmsEndpoint '$folder'")
            $null = $shell.BeginInvoke()
            while (@(Get-Program).Count -eq 0 -and $shell.InvocationStateInfo.State -eq 'Running') { }
            $shell.Stop()
            $shell.InvocationStateInfo.State | Should -Be 'Stopped'
            Get-Program | Should -BeNullOrEmpty
            Get-KmsEndpoint | Should -BeNullOrEmpty
        }
        finally {
            $shell.Dispose()
        }
    }
}
