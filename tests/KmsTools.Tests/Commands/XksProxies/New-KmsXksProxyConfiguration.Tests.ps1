BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../Lab.ps1"
    $null = Connect-Kms -Temporary
    $script:folder = (New-Item -ItemType Directory 'TestDrive:/configuration').FullName
    $script:pin = ConvertTo-LabPin 'kmsPswd1'
}

AfterAll {
    Disconnect-Kms
}

Describe 'New-KmsXksProxyConfiguration' {
    It 'writes nothing with -WhatIf' {
        Get-WhatIf { New-KmsXksProxyConfiguration "$folder/a.yaml" $LabLibrary -TokenLabel lab -Pin $pin -WhatIf } |
            Should -BeExactly "What if: Write the configuration of an XKS proxy and a new credential into $folder/a.yaml"
        Get-ChildItem $folder | Should -BeNullOrEmpty
    }

    It 'writes what a proxy needs, for its owner only, and names the schema' {
        $made = New-KmsXksProxyConfiguration "$folder/b.yaml" $LabLibrary -TokenLabel lab -Pin $pin -Key one, two -HealthKey health `
            -Region us-east-1, eu-central-1 -Prefix /b -Port 8443 -KeyStore orders -HostName xks.example.com
        $made.Path, $made.KeyStore, $made.UriPath, $made.HostName, $made.Certificate, $made.SecretFile | Should -BeExactly @(
            "$folder/b.yaml", 'orders', '/b/kms/xks/v1', 'xks.example.com', "$folder/b.crt", "$folder/b.secret")
        if (-not $IsWindows) { (Get-ChildItem $folder).UnixMode | Sort-Object -Unique | Should -BeExactly '-rw-------' }
        (Get-ChildItem $folder).Name | Sort-Object | Should -Be 'b.crt', 'b.key', 'b.pin', 'b.secret', 'b.yaml'
        (Get-Content "$folder/b.yaml") -join "`n" | Should -BeExactly ((@'
# yaml-language-server: $schema=SCHEMA
version: 1
port: 8443
tls:
  certificate: b.crt
  key: b.key
stopDelaySeconds: 0
tokens:
  - name: lab
    library: LIBRARY
    label: lab
    pinFrom:
      file: b.pin
    healthKey:
      label: health
keyStores:
  - name: orders
    prefix: /b
    regions: [us-east-1, eu-central-1]
    credentials:
      - accessKeyId: ID
        secretFrom:
          file: b.secret
    keys:
      - id: one
        token: lab
        label: one
      - id: two
        token: lab
        label: two
'@).Replace("`r", '').Replace('SCHEMA', [uri]::new((Resolve-Path "$env:KMSTOOLS_TEST_MODULE/kms-xks-proxy.schema.json").Path).AbsoluteUri).
            Replace('LIBRARY', $LabLibrary).Replace('ID', $made.AccessKeyId))
        (Get-Content -Raw "$env:KMSTOOLS_TEST_MODULE/kms-xks-proxy.schema.json" | ConvertFrom-Json).title | Should -BeExactly 'KmsTools XKS proxy'
    }

    It 'leaves nothing where it fails, and says why' {
        { New-KmsXksProxyConfiguration "$folder/c.yaml" $LabLibrary -TokenLabel lab -Pin $pin -Prefix nope } |
            Should -Throw "The configuration was not written. $folder/c.yaml(*'nope' is not a prefix: *"
        { New-KmsXksProxyConfiguration "$folder/b.yaml" $LabLibrary -TokenLabel lab -Pin $pin } |
            Should -Throw "The configuration was not written. '$folder/b.yaml' exists already, and is not overwritten. *"
        { New-KmsXksProxyConfiguration "$folder/c.yaml" $LabLibrary -TokenLabel lab } |
            Should -Throw '-Pin or -PinFile is needed: the PIN of the crypto user of the token.'
        { New-KmsXksProxyConfiguration "$folder/c.yaml" $LabLibrary -TokenLabel lab -Pin $pin -HostName a.b -Certificate x } |
            Should -Throw '-HostName makes a certificate. Leave -Certificate or -HostName out.'
        (Get-ChildItem $folder).Name | Should -Not -Match '^c\.'
    }

    It 'is shown at 80 and 160 characters' {
        $made = [KmsTools.KmsXksProxyConfiguration]::new('/etc/xks/b.yaml', 'orders', '/b/kms/xks/v1', 'ABCDEFGHIJKLMNOPQRST', '/etc/xks/b.secret', [NullString]::Value, [NullString]::Value)
        $PSStyle.OutputRendering = 'PlainText'
        foreach ($width in 80, 160) {
            @($made | Format-Table | Out-String -Width $width -Stream | Where-Object Length).TrimEnd() | Should -BeExactly @(
                'KeyStore         UriPath                        Path'
                '--------         -------                        ----'
                'orders           /b/kms/xks/v1                  /etc/xks/b.yaml')
            @($made | Format-List | Out-String -Width $width -Stream | Where-Object Length).TrimEnd() | Should -BeExactly @(
                'Path        : /etc/xks/b.yaml'
                'KeyStore    : orders'
                'UriPath     : /b/kms/xks/v1'
                'AccessKeyId : ABCDEFGHIJKLMNOPQRST'
                'SecretFile  : /etc/xks/b.secret')
        }
    }
}
