# The store that the screens show: a web shop in 2030, with a lab of two HSMs.
$ErrorActionPreference = 'Stop'
$null = Connect-Kms -Temporary -SimulatedClock -Principal arn:aws:iam::111122223333:user/alice
$null = Step-KmsClock -To 2030-01-01T08:00:00Z
$null = Import-KmsEstate "$PSScriptRoot/Estate.yaml"
$null = Set-KmsXksProxyAddress xks.example.com -Address 127.0.0.1 -Port 8443 -TimeoutInMilliseconds 1000
$null = Set-KmsVpcEndpointService com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0 -PrivateDnsName xks.example.com
$sealed = Invoke-KmsEncrypt alias/orders -Plaintext 'a bicycle'
$null = Start-KmsRotateKeyOnDemand (Get-KmsKey alias/orders)

# Material that expires.
$null = Get-KmsKey alias/payments | Get-KmsParametersForImport -WrappingAlgorithm RSAES_OAEP_SHA_256 -WrappingKeySpec RSA_2048 |
    Protect-KmsKeyMaterial -KeyMaterial ([byte[]] (1..32)) | Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_EXPIRES -ValidTo 2030-03-01

# A lab, with a backup and with an orphan: its key was deleted while the HSMs could not be reached.
$pin = ConvertTo-SecureString kmsPswd1 -AsPlainText
$tokens = 'first', 'second' | ForEach-Object { Initialize-KmsHsm -Lab -TokenLabel $_ -KeyStorePassword $pin }
$lab = Register-KmsHsmCluster $tokens[0].Library -TokenLabel first, second -ClusterId cluster-2screens222 | New-KmsCustomKeyStore lab -KeyStorePassword $pin
Connect-KmsCustomKeyStore $lab
New-KmsAlias (New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $lab -Description 'Salaries of 2029') alias/payroll
$null = Invoke-KmsEncrypt alias/payroll -Plaintext '4711'
$null = Backup-KmsHsmCluster cluster-2screens222
$null = Register-KmsKeyDeletion (Get-KmsKey alias/payroll) -PendingWindowInDay 7
Disconnect-KmsCustomKeyStore $lab
$null = Step-KmsClock -Days 7
Connect-KmsCustomKeyStore $lab
New-KmsAlias (New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $lab -Description 'Contracts') alias/vault

$null = Register-KmsKeyDeletion (Get-KmsKey alias/old-shop) -PendingWindowInDay 30
$null = New-KmsAlarm 'orphans of the lab' -Event OrphanedKeyMaterial
$null = New-KmsAlarm 'still in use' -Event KeyUsedWhilePendingDeletion
$null = New-KmsPrincipal alice -Policy @{ keys = '{"Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*"}}' }
$null = New-KmsAccessKey alice
try { Invoke-KmsEncrypt alias/old-shop -Plaintext 'a bicycle' } catch { $null = $_ }
$null = $sealed | Invoke-KmsDecrypt
