# Plays the six journeys on SoftHSM2 tokens in a temporary folder, and prints what a user sees. Everything is gone afterwards.
param([Parameter(Mandatory)] [string] $Module)

$ErrorActionPreference = 'Stop'
Import-Module (Resolve-Path $Module) -Force
. "$PSScriptRoot/Lab.ps1"
if (-not $LabLibrary) {
    throw 'SoftHSM2 is not installed. On Debian: apt-get install softhsm2'
}

function Write-Journey([string] $Title) { "`n$($PSStyle.Bold)== $Title ==$($PSStyle.Reset)`n" }

# Shows a command, runs it where the demo's variables are, and shows what came of it, even if that is an error.
function Show-Command([scriptblock] $Command) {
    Write-Host "PS> $($PSStyle.Foreground.Cyan)$("$Command".Trim())$($PSStyle.Reset)"
    try {
        . $Command | Out-String | ForEach-Object TrimEnd | Where-Object Length | Write-Host
    }
    catch {
        Write-Host "$($PSStyle.Foreground.Red)$($_.FullyQualifiedErrorId.Split(',')[0])$($PSStyle.Reset) $($_.Exception.Message)"
    }
}

function Read-Blob($Blob) { [Text.Encoding]::UTF8.GetString($Blob.ToArray()) }

$lab = New-LabFolder
try {
    Write-Journey '1. Deletion in a CloudHSM key store'
    Connect-Kms -Temporary -SimulatedClock | Format-List | Out-String | Write-Host
    $cluster = New-LabCluster 'payroll-hsm'
    . Show-Command { $cluster }
    . Show-Command { $store = New-KmsCustomKeyStore payroll -CloudHsmClusterId $cluster.ClusterId -TrustAnchorCertificate $cluster.TrustAnchorCertificate -KeyStorePassword 'kmsPswd1' }
    . Show-Command { Connect-KmsCustomKeyStore $store; Get-KmsCustomKeyStore $store }
    . Show-Command { $key = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store -Description 'payroll'; $key }
    . Show-Command { $sealed = Invoke-KmsEncrypt $key.KeyId -Plaintext 'salaries'; $sealed }
    . Show-Command { Register-KmsKeyDeletion $key.KeyId -PendingWindowInDay 7 }
    . Show-Command { Invoke-KmsDecrypt -CiphertextBlob $sealed.CiphertextBlob }
    . Show-Command { Disconnect-KmsCustomKeyStore $store; (Get-KmsKey $key.KeyId).KeyState }
    . Show-Command { Stop-KmsKeyDeletion $key.KeyId; Connect-KmsCustomKeyStore $store; (Get-KmsKey $key.KeyId).KeyState }
    . Show-Command { $null = Register-KmsKeyDeletion $key.KeyId -PendingWindowInDay 7; Step-KmsClock -Days 7 }
    . Show-Command { Get-KmsKey $key.KeyId }
    . Show-Command { "objects left in the HSM: $(@(Get-LabHsmObject $lab 'payroll-hsm').Count)" }
    . Show-Command { $second = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store; $null = Register-KmsKeyDeletion $second.KeyId -PendingWindowInDay 7 }
    . Show-Command { Disconnect-KmsCustomKeyStore $store; $null = Step-KmsClock -Days 7 }
    . Show-Command { (Get-KmsEvent -EventName DeleteKey).AdditionalEventData.backingKeysDeletionStatus }
    . Show-Command { "objects left in the HSM: $(@(Get-LabHsmObject $lab 'payroll-hsm').Count)" }

    Write-Journey '2. Imported key material'
    . Show-Command { $key = New-KmsKey -Origin EXTERNAL; $key.KeyState }
    . Show-Command { $material = (New-KmsRandom 32).ToArray() }
    . Show-Command { $parameters = Get-KmsParametersForImport $key.KeyId -WrappingAlgorithm RSAES_OAEP_SHA_256 -WrappingKeySpec RSA_3072 }
    . Show-Command { $parameters | Protect-KmsKeyMaterial -KeyMaterial $material | Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_EXPIRES -ValidTo (Get-KmsClock).UtcNow.AddDays(30) }
    . Show-Command { $volumeKey = New-KmsDataKey $key.KeyId -KeySpec AES_256; $volumeKey }
    . Show-Command { Remove-KmsImportedKeyMaterial $key.KeyId -Force }
    . Show-Command { "the volume's key is still in memory: $($volumeKey.Plaintext)" }
    . Show-Command { Invoke-KmsDecrypt -CiphertextBlob $volumeKey.CiphertextBlob }
    . Show-Command { $parameters | Protect-KmsKeyMaterial -KeyMaterial (New-KmsRandom 32) | Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE }
    . Show-Command { $null = $parameters | Protect-KmsKeyMaterial -KeyMaterial $material | Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_EXPIRES -ValidTo (Get-KmsClock).UtcNow.AddDays(30) }
    . Show-Command { Invoke-KmsDecrypt -CiphertextBlob $volumeKey.CiphertextBlob }
    . Show-Command { $null = Step-KmsClock -Days 30; (Get-KmsKey $key.KeyId).KeyState }
    . Show-Command { Invoke-KmsDecrypt -CiphertextBlob $volumeKey.CiphertextBlob }

    Write-Journey '3. Using keys in a key store'
    . Show-Command { $store = New-LabKeyStore 'app-hsm' -Connected; $key = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store; New-KmsAlias -AliasName alias/app -TargetKeyId $key.KeyId }
    . Show-Command { $key.KeyId, $key.Arn, 'alias/app' | ForEach-Object { Read-Blob (Invoke-KmsDecrypt -CiphertextBlob (Invoke-KmsEncrypt $_ -Plaintext "by $_").CiphertextBlob).Plaintext } }
    . Show-Command { $dataKey = New-KmsDataKey alias/app -KeySpec AES_256; $dataKey }
    . Show-Command { New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store -KeySpec RSA_2048 -KeyUsage SIGN_VERIFY }
    . Show-Command { Enable-KmsKeyRotation $key.KeyId }
    . Show-Command { $token = Get-LabTokenFolder $lab 'app-hsm'; Move-Item $token "$lab/away"; Invoke-KmsDecrypt -CiphertextBlob $dataKey.CiphertextBlob }
    . Show-Command { Move-Item "$lab/away" $token; Start-Sleep 2; Invoke-KmsDecrypt -CiphertextBlob $dataKey.CiphertextBlob }
    . Show-Command { Get-LabHsmObject $lab 'app-hsm' | Remove-Item; Invoke-KmsDecrypt -CiphertextBlob $dataKey.CiphertextBlob }
    . Show-Command { Disconnect-KmsCustomKeyStore $store; Invoke-KmsDecrypt -CiphertextBlob $dataKey.CiphertextBlob }

    Write-Journey '4. Custom key store life cycle'
    . Show-Command { $cluster = New-LabCluster 'lifecycle-hsm' }
    . Show-Command { $store = New-KmsCustomKeyStore lifecycle -CloudHsmClusterId $cluster.ClusterId -TrustAnchorCertificate $cluster.TrustAnchorCertificate -KeyStorePassword 'wrongPswd1' }
    . Show-Command { Connect-KmsCustomKeyStore $store; Get-KmsCustomKeyStore $store }
    . Show-Command { Disconnect-KmsCustomKeyStore $store; Update-KmsCustomKeyStore $store -KeyStorePassword 'kmsPswd1'; Connect-KmsCustomKeyStore $store; Get-KmsCustomKeyStore $store }
    . Show-Command { Remove-KmsCustomKeyStore $store -Force }
    . Show-Command { $key = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store; $null = Register-KmsKeyDeletion $key.KeyId -PendingWindowInDay 7; Disconnect-KmsCustomKeyStore $store }
    . Show-Command { Remove-KmsCustomKeyStore $store -Force }
    . Show-Command { $null = Step-KmsClock -Days 7; Remove-KmsCustomKeyStore $store -Force; Get-KmsCustomKeyStore $store }
    . Show-Command { "objects left in the HSM: $(@(Get-LabHsmObject $lab 'lifecycle-hsm').Count)" }

    Write-Journey '5. Rotation'
    . Show-Command { $key = New-KmsKey; $old = Invoke-KmsEncrypt $key.KeyId -Plaintext 'old'; Enable-KmsKeyRotation $key.KeyId; Get-KmsKeyRotationStatus $key.KeyId -Select * }
    . Show-Command { $null = Step-KmsClock -Days 365; Get-KmsKeyRotation $key.KeyId -IncludeKeyMaterial ALL_KEY_MATERIAL }
    . Show-Command { Read-Blob (Invoke-KmsDecrypt -CiphertextBlob $old.CiphertextBlob).Plaintext }
    . Show-Command { Disable-KmsKeyRotation $key.KeyId; (Get-KmsKeyRotation $key.KeyId -IncludeKeyMaterial ALL_KEY_MATERIAL).Count }
    . Show-Command { New-KmsAlias -AliasName alias/manual -TargetKeyId $key.KeyId; $next = New-KmsKey; Update-KmsAlias -AliasName alias/manual -TargetKeyId $next.KeyId; Get-KmsAliasList -KeyId $next.KeyId }

    Write-Journey '6. External key store, with a proxy of our own'
    $null = Initialize-KmsHsm $LabLibrary -TokenLabel external-hsm -SecurityOfficerPin (ConvertTo-LabPin 'so-12345') -KeyStorePassword (ConvertTo-LabPin 'kmsPswd1')
    $pin = ConvertTo-LabPin 'kmsPswd1'
    . Show-Command { $made = New-KmsXksKey orders $LabLibrary -TokenLabel external-hsm -Pin $pin | New-KmsXksProxyConfiguration "$lab/proxy.yaml" -HostName xks.example.com -Port 0 -Pin $pin; $made }
    . Show-Command { $proxy = Start-KmsXksProxy "$lab/proxy.yaml"; Set-KmsXksProxyAddress xks.example.com -Address 127.0.0.1 -Port ([uri] $proxy.Uri).Port -TrustAnchor $made.Certificate -TimeoutInMilliseconds 2000 }
    $secret = Get-Content $made.SecretFile | ConvertTo-SecureString -AsPlainText -Force
    . Show-Command { $store = New-KmsCustomKeyStore outside -CustomKeyStoreType EXTERNAL_KEY_STORE -XksProxyConnectivity PUBLIC_ENDPOINT -XksProxyUriEndpoint https://xks.example.com -XksProxyUriPath $made.UriPath -XksProxyAuthenticationCredential_AccessKeyId $made.AccessKeyId -XksProxyAuthenticationCredential_RawSecretAccessKey $secret }
    . Show-Command { Connect-KmsCustomKeyStore $store; Get-KmsCustomKeyStore $store }
    . Show-Command { $key = New-KmsKey -Origin EXTERNAL_KEY_STORE -CustomKeyStoreId $store -XksKeyId orders; $key }
    . Show-Command { $dataKey = New-KmsDataKey $key.KeyId -KeySpec AES_256; $dataKey }
    . Show-Command { Stop-KmsXksProxy; Invoke-KmsDecrypt -CiphertextBlob $dataKey.CiphertextBlob }
    . Show-Command { (Get-KmsCustomKeyStore $store).ConnectionState.ToString(), (Get-KmsKey $key.KeyId).KeyState.ToString() }
    . Show-Command { Disconnect-KmsCustomKeyStore $store; Connect-KmsCustomKeyStore $store 3> $null; (Get-KmsCustomKeyStore $store).ConnectionErrorCode.ToString(), (Get-KmsKey $key.KeyId).KeyState.ToString() }
    . Show-Command { $proxy = Start-KmsXksProxy "$lab/proxy.yaml"; $null = Set-KmsXksProxyAddress xks.example.com -Port ([uri] $proxy.Uri).Port; Disconnect-KmsCustomKeyStore $store; Connect-KmsCustomKeyStore $store; Invoke-KmsDecrypt -CiphertextBlob $dataKey.CiphertextBlob }
    . Show-Command { $null = Register-KmsKeyDeletion $key.KeyId -PendingWindowInDay 7; $null = Step-KmsClock -Days 7; "objects left in the HSM: $(@(Get-LabHsmObject $lab 'external-hsm').Count)" }
    . Show-Command { Disconnect-KmsCustomKeyStore $store; Remove-KmsCustomKeyStore $store -Force; Stop-KmsXksProxy; "objects left in the HSM: $(@(Get-LabHsmObject $lab 'external-hsm').Count)" }

    Disconnect-Kms
    "`nThe six journeys are done. The store, the tokens and the keys are gone."
}
finally {
    Remove-LabFolder $lab
}
