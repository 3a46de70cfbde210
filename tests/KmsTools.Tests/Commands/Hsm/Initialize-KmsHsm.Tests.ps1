BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../Lab.ps1"
    $lab = New-LabFolder
    $null = Connect-Kms -Temporary -SimulatedClock
    $pins = @{ SecurityOfficerPin = ConvertTo-LabPin 'so-hunter2'; KeyStorePassword = ConvertTo-LabPin 'kmsHunter2' }
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'Initialize-KmsHsm' {
    It 'makes a token and writes what it is' {
        $token = Initialize-KmsHsm $LabLibrary 'initialize-1' @pins
        $token.TokenLabel | Should -BeExactly 'initialize-1'
        $token.State | Should -Be 'ACTIVE'
        $token.SerialNumber | Should -Match '^[0-9a-f]{16}$'
        $token.Manufacturer | Should -Be 'SoftHSM project'
        @(Get-LabTokenFolder $lab 'initialize-1').Count | Should -Be 1
    }

    It 'makes one that a custom key store can use with the password' {
        $null = Initialize-KmsHsm -Library $LabLibrary -TokenLabel 'initialize-2' @pins
        $cluster = Register-KmsHsmCluster $LabLibrary 'initialize-2'
        $store = New-KmsCustomKeyStore init -CloudHsmClusterId $cluster.ClusterId -TrustAnchorCertificate $cluster.TrustAnchorCertificate -KeyStorePassword $pins.KeyStorePassword
        Connect-KmsCustomKeyStore $store
        (Get-KmsCustomKeyStore $store).ConnectionState | Should -Be 'CONNECTED'
    }

    It 'takes library and label by property name' {
        ([pscustomobject]@{ Library = $LabLibrary; TokenLabel = 'initialize-3' } | Initialize-KmsHsm @pins).TokenLabel | Should -Be 'initialize-3'
    }

    It 'makes nothing with -WhatIf' {
        Initialize-KmsHsm $LabLibrary 'initialize-if' @pins -WhatIf | Should -BeNullOrEmpty
        Get-LabTokenFolder $lab 'initialize-if' | Should -BeNullOrEmpty
    }

    It 'refuses a label that is taken' {
        $refusal = Get-ErrorOf { Initialize-KmsHsm $LabLibrary 'initialize-1' @pins }
        $refusal.FullyQualifiedErrorId | Should -Be 'HsmInvalidArgument,KmsTools.Commands.InitializeKmsHsmCommand'
        $refusal.Exception.Message | Should -BeExactly "A token with the label 'initialize-1' exists already."
        $refusal.TargetObject | Should -Be $LabLibrary
    }

    It 'refuses a short PIN, and does not repeat it' {
        $refusal = Get-ErrorOf { Initialize-KmsHsm $LabLibrary 'initialize-pin' -SecurityOfficerPin (ConvertTo-LabPin 'q7z') -KeyStorePassword $pins.KeyStorePassword }
        $refusal.Exception.Message | Should -BeExactly 'The PIN of the security officer must have 4 to 255 bytes.'
        $refusal | Format-List * -Force | Out-String | Should -Not -Match 'kmsHunter2'
    }

    It 'names the parameter of a password with <Length> characters, in <Set>' -ForEach @(
        @{ Length = 3; Set = 'Lab'; Parameters = { @{ Lab = $true } } }
        @{ Length = 6; Set = 'Lab'; Parameters = { @{ Lab = $true } } }
        @{ Length = 33; Set = 'Lab'; Parameters = { @{ Lab = $true; WhatIf = $true } } }
        @{ Length = 6; Set = 'TokenLabel'; Parameters = { @{ Library = $LabLibrary; TokenLabel = 'initialize-pin'; SecurityOfficerPin = $pins.SecurityOfficerPin } } }
    ) {
        $parameters = & $Parameters
        $refusal = Get-ErrorOf { Initialize-KmsHsm @parameters -KeyStorePassword (ConvertTo-LabPin ('q' * $Length)) }
        $refusal.Exception.Message | Should -BeExactly "-KeyStorePassword has $Length characters. The PIN of a crypto user has 7 to 32."
        Get-LabTokenFolder $lab 'initialize-pin' | Should -BeNullOrEmpty
    }

    It 'refuses a library that is not there' {
        $refusal = Get-ErrorOf { Initialize-KmsHsm /nowhere/library.so 'initialize-none' @pins }
        Get-ErrorCode $refusal | Should -Be 'HsmClusterNotFound'
        $refusal.Exception.Message | Should -BeExactly "The PKCS#11 library '/nowhere/library.so' is not there."
        $refusal.CategoryInfo.Category | Should -Be 'ObjectNotFound'
    }

    It 'makes the token that a URI names, with the PIN of a file' {
        $file = Join-Path $TestDrive pin
        Set-Content $file 'kmsPswd1'
        if (-not $IsWindows) { [IO.File]::SetUnixFileMode($file, 'UserRead, UserWrite') }
        $officer = ConvertTo-LabPin 'so-12345'
        $uri = "pkcs11:token=by%20uri%3B1?module-path=$LabLibrary"
        "$(Get-ErrorOf { Initialize-KmsHsm -Uri $uri -SecurityOfficerPin $officer })" | Should -BeLike 'The PIN of the crypto user is missing*'
        $token = Initialize-KmsHsm -Uri "$uri&pin-source=file:$file" -SecurityOfficerPin $officer
        $token.TokenLabel, $token.State | Should -Be 'by uri;1', 'ACTIVE'
        (Get-ErrorOf { Initialize-KmsHsm -Uri "$uri&pin-source=file:$file" -SecurityOfficerPin $officer }).FullyQualifiedErrorId | Should -BeLike 'HsmInvalidArgument,*'
        "$(Get-ErrorOf { Initialize-KmsHsm -Uri "pkcs11:token=other;slot-id=4711?module-path=$LabLibrary" -SecurityOfficerPin $officer -KeyStorePassword $officer })" |
            Should -BeExactly "No slot holds a token that is not initialised and has the slot ID '4711'."
    }

    It 'names what SoftHSM lacks: <What>' -ForEach @(
        @{ What = 'the configuration'; Make = { "$TestDrive/none.conf" }; Fault = { "SOFTHSM2_CONF is '$TestDrive/none.conf', which is not there." } }
        @{
            What = 'the folder for tokens'
            Make = { Set-Content "$TestDrive/lost.conf" "directories.tokendir = $TestDrive/lost"; "$TestDrive/lost.conf" }
            Fault = { "The folder '$TestDrive/lost', which directories.tokendir in '$TestDrive/lost.conf' names, is not there: make it." }
        }
    ) {
        $configuration = & $Make
        $shown = Invoke-NewPowerShell "
            `$env:SOFTHSM2_CONF = '$configuration'
            Import-Module '$env:KMSTOOLS_TEST_MODULE'
            `$null = Connect-Kms -Temporary
            `$pin = ConvertTo-SecureString kmsPswd1 -AsPlainText -Force
            try { Initialize-KmsHsm '$LabLibrary' -TokenLabel lab -SecurityOfficerPin `$pin -KeyStorePassword `$pin } catch { `$_.ErrorDetails.RecommendedAction }"
        $shown | Should -BeExactly "$(& $Fault) Initialize-KmsHsm -Lab makes a configuration and a token."
    }

    It 'makes a lab from nothing, which is there again when the store is opened again' {
        $shown = Invoke-NewPowerShell "
            `$env:SOFTHSM2_CONF = ''
            Import-Module '$env:KMSTOOLS_TEST_MODULE'
            `$null = Connect-Kms '$TestDrive/lab'
            `$pin = ConvertTo-SecureString kmsPswd1 -AsPlainText -Force
            (Initialize-KmsHsm -Lab -KeyStorePassword `$pin | Register-KmsHsmCluster | New-KmsCustomKeyStore lab -KeyStorePassword `$pin |
                Connect-KmsCustomKeyStore -PassThru | New-KmsKey -Origin AWS_CLOUDHSM).KeyState
            `$env:SOFTHSM2_CONF
            Disconnect-Kms
            `"[`$env:SOFTHSM2_CONF]`"
            `$null = Connect-Kms '$TestDrive/lab'
            (Get-KmsHsmCluster).State
            (Get-KmsHsm).TokenLabel"
        $shown | Should -BeExactly 'Enabled', "$TestDrive/lab/softhsm/softhsm2.conf", '[]', 'ACTIVE', 'lab'
        if (-not $IsWindows) { [IO.File]::GetUnixFileMode("$TestDrive/lab/softhsm/tokens") | Should -Be ([IO.UnixFileMode] 'UserRead, UserWrite, UserExecute') }
    }

    It 'uses the configuration that there is for a lab' {
        (Initialize-KmsHsm -Lab -TokenLabel 'lab of this session' -KeyStorePassword $pins.KeyStorePassword).TokenLabel | Should -BeExactly 'lab of this session'
        @(Get-LabTokenFolder $lab 'lab of this session').Count | Should -Be 1
        Join-Path (Get-KmsConnection).Path softhsm | Should -Not -Exist
    }
}
