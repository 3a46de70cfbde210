@{
  RootModule           = 'KmsTools.dll'
  ModuleVersion        = '0.1.0'
  CompatiblePSEditions = @('Core')
  GUID                 = 'b5cd4536-746d-4aab-bd92-5122955bb16f'
  Author               = 'KmsTools contributors'
  CompanyName          = 'KmsTools'
  Copyright            = '(c) KmsTools contributors. MIT licence.'
  Description          = 'A key management service on your own machine that behaves as AWS KMS does: the same cmdlets, errors, key states, rotation, imported key material, HSM key stores and audit events.'
  PowerShellVersion    = '7.6'
  FormatsToProcess     = @('KmsTools.Format.ps1xml')
  FunctionsToExport    = @()
  VariablesToExport    = @()
  CmdletsToExport      = @(
    'Connect-Kms'
    'Connect-KmsCustomKeyStore'
    'Disable-KmsKey'
    'Disable-KmsKeyRotation'
    'Disconnect-Kms'
    'Disconnect-KmsCustomKeyStore'
    'Enable-KmsKey'
    'Enable-KmsKeyRotation'
    'Get-KmsAccessKey'
    'Get-KmsAliasList'
    'Get-KmsClock'
    'Get-KmsConnection'
    'Get-KmsCustomKeyStore'
    'Get-KmsEndpoint'
    'Get-KmsEvent'
    'Get-KmsHsmCluster'
    'Get-KmsKey'
    'Get-KmsKeyLastUsage'
    'Get-KmsKeyList'
    'Get-KmsKeyRotation'
    'Get-KmsKeyRotationStatus'
    'Get-KmsParametersForImport'
    'Import-KmsKeyMaterial'
    'Initialize-KmsHsm'
    'Invoke-KmsDecrypt'
    'Invoke-KmsEncrypt'
    'Invoke-KmsMaintenance'
    'Invoke-KmsReEncrypt'
    'New-KmsAccessKey'
    'New-KmsAlias'
    'New-KmsCustomKeyStore'
    'New-KmsDataKey'
    'New-KmsDataKeyWithoutPlaintext'
    'New-KmsKey'
    'New-KmsRandom'
    'Protect-KmsKeyMaterial'
    'Register-KmsHsmCluster'
    'Register-KmsKeyDeletion'
    'Remove-KmsAccessKey'
    'Remove-KmsAlias'
    'Remove-KmsCustomKeyStore'
    'Remove-KmsImportedKeyMaterial'
    'Start-KmsEndpoint'
    'Start-KmsRotateKeyOnDemand'
    'Step-KmsClock'
    'Stop-KmsEndpoint'
    'Stop-KmsKeyDeletion'
    'Unregister-KmsHsmCluster'
    'Update-KmsAlias'
    'Update-KmsCustomKeyStore'
    'Update-KmsKeyDescription'
  )
  AliasesToExport      = @(
    'Get-KMSAliases'
    'Get-KMSKeys'
    'Request-KMSKeyDeletion'
  )
  PrivateData          = @{
    PSData = @{
      Tags         = @('KMS', 'AWS', 'Encryption', 'HSM', 'PKCS11', 'KeyManagement', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS')
      ReleaseNotes = 'First version. See CHANGELOG.md.'
    }
  }
}
