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
