BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../Lab.ps1"
    $script:lab = New-LabFolder
    $null = Connect-Kms -Temporary
    $script:pin = ConvertTo-LabPin 'kmsPswd1'
    $script:token = Initialize-KmsHsm $LabLibrary -TokenLabel xks-key -SecurityOfficerPin $pin -KeyStorePassword $pin
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'New-KmsXksKey' {
    It 'creates nothing with -WhatIf' {
        Get-WhatIf { New-KmsXksKey a $LabLibrary -TokenLabel xks-key -Pin $pin -WhatIf } |
            Should -BeExactly "What if: Create the key 'a' in the token 'xks-key' of $LabLibrary"
    }

    It 'creates a key, and says how it is named' {
        $key = $token | New-KmsXksKey orders -Pin $pin -CkaId 0A0B
        $key.Label, $key.CkaId, $key.TokenLabel, $key.SerialNumber, $key.Library |
            Should -BeExactly 'orders', '0a0b', 'xks-key', $token.SerialNumber, $LabLibrary
        $key.Uri | Should -BeExactly ($token.Uri -replace '\?', ';object=orders;id=%0a%0b;type=secret-key?')
        $PSStyle.OutputRendering = 'PlainText'
        @($key | Format-Table | Out-String -Width 80 -Stream | Where-Object Length).TrimEnd() | Should -BeExactly @(
            'Label                    TokenLabel           CkaId'
            '-----                    ----------           -----'
            'orders                   xks-key              0a0b')
        @($key | Format-List | Out-String -Width 160 -Stream | Where-Object Length)[0..4].TrimEnd() | Should -BeExactly @(
            'Label        : orders'
            'CkaId        : 0a0b'
            'TokenLabel   : xks-key'
            "SerialNumber : $($token.SerialNumber)"
            "Library      : $LabLibrary")
    }

    It 'says which library and token have the key, and takes what names one: <Name>' -ForEach @(
        @{ Name = 'its label'; Key = { New-KmsXksKey by-label $LabLibrary -TokenLabel xks-key -Pin $pin } }
        @{ Name = 'a URI'; Key = { New-KmsXksKey by-uri -Uri "pkcs11:token=xks-key?module-path=$LabLibrary" -Pin $pin } }
        @{ Name = 'a token'; Key = { New-KmsXksKey by-token -Uri $token -Pin $pin } }
        @{ Name = 'another key'; Key = { New-KmsXksKey by-key -Uri (New-KmsXksKey first $LabLibrary -TokenLabel xks-key -Pin $pin) -Pin $pin } }
        @{ Name = 'only a URI in the pipeline'; Key = { [pscustomobject]@{ Uri = $token.Uri } | New-KmsXksKey by-pipeline -Pin $pin } }
        @{ Name = 'a configuration'; Key = {
                $file = Join-Path $TestDrive "$([guid]::NewGuid()).yaml"
                $null = $token | New-KmsXksProxyConfiguration $file -Pin $pin
                New-KmsXksKey by-configuration -Configuration $file
            } }
    ) {
        $key = & $Key
        $key.Library, $key.TokenLabel, $key.SerialNumber | Should -BeExactly $LabLibrary, 'xks-key', $token.SerialNumber
        $key.Uri | Should -BeExactly ($token.Uri -replace '\?', ";object=$($key.Label);id=$($key.CkaId -replace '..', '%$0');type=secret-key?")
        foreach ($one in $key, [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($key))) {
            $file = Join-Path $TestDrive "$([guid]::NewGuid()).yaml"
            $made = $one | New-KmsXksProxyConfiguration $file -Pin $pin
            $made.Path | Should -BeExactly $file
            $text = Get-Content -Raw $file
            $text | Should -Match ([regex]::Escape("    library: $LabLibrary`n    label: xks-key`n    serial: "))
            $text | Should -Match "\n    serial: `"?$($token.SerialNumber)`"?\n"
            $text | Should -Match "\n      - id: $($key.Label)\n        token: xks-key\n        label: $($key.Label)\n"
        }
    }

    It 'leaves the serial number of an object out where the label of another token is given' {
        $key = New-KmsXksKey here $LabLibrary -TokenLabel xks-key -Pin $pin
        $file = Join-Path $TestDrive "$([guid]::NewGuid()).yaml"
        $null = $key | New-KmsXksProxyConfiguration $file $LabLibrary -TokenLabel other -Pin $pin
        Get-Content -Raw $file | Should -Match "\n    label: other\n    pinFrom:\n"
        $file = Join-Path $TestDrive "$([guid]::NewGuid()).yaml"
        $null = $key | New-KmsXksProxyConfiguration $file -TokenLabel other -SerialNumber a1 -Pin $pin
        Get-Content -Raw $file | Should -Match "\n    label: other\n    serial: a1\n    pinFrom:\n"
    }

    It 'refuses a name that is taken, a wrong PIN and a wrong token, and says so' {
        $null = New-KmsXksKey twice $LabLibrary -TokenLabel xks-key -Pin $pin
        { New-KmsXksKey twice $LabLibrary -TokenLabel xks-key -Pin $pin } |
            Should -Throw "The key was not created. The token 'xks-key' has a key with the label 'twice' already. Nothing was made." -ErrorId 'XksProxyFailed,*'
        { New-KmsXksKey c $LabLibrary -TokenLabel xks-key -Pin (ConvertTo-LabPin 'another1') } | Should -Throw (
            'The key was not created. The token does not accept the PIN (C_Login returned CKR_PIN_INCORRECT (0xA0)). ' +
            'Check it before another try: tokens lock after some.')
        { New-KmsXksKey c $LabLibrary -TokenLabel xks-kex -Pin $pin } |
            Should -Throw "The key was not created. '$LabLibrary' has no token with the label 'xks-kex'."
        { New-KmsXksKey c $LabLibrary -TokenLabel xks-key } | Should -Throw '-Pin or -PinFile is needed: the PIN of the crypto user of the token.'
        { New-KmsXksKey c -Uri "$($token.Uri)&pin-value=kmsPswd1" } |
            Should -Throw 'The URI contains the PIN. Give -Pin, or name a file in the URI: pin-source=file:/path.'
        { New-KmsXksKey c -Uri $token.Uri } | Should -Throw 'The key was not created. The PIN of the token is missing: give -PinFile or -Pin.'
    }
}
