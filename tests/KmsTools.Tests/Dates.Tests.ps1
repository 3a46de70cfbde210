BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/Support.ps1"
}

Describe 'Dates as text' {
    It 'are read by the module in every parameter that takes a date' {
        $types = [datetime], [Nullable[datetime]], [datetimeoffset], [Nullable[datetimeoffset]]
        $read, $notRead = (Get-Command -Module KmsTools -CommandType Cmdlet).ForEach{
            foreach ($parameter in $_.Parameters.Values.Where{ $_.ParameterType -in $types }) {
                $isRead = $parameter.Attributes.TypeId.Name -contains 'IsoDateTransformationAttribute'
                [pscustomobject]@{ Name = "$($_.Name) -$($parameter.Name)"; IsRead = $isRead }
            }
        }.Where({ $_.IsRead }, 'Split')
        $notRead.Name | Should -BeNullOrEmpty
        $read.Name | Sort-Object | Should -Be @(
            'Backup-KmsHsmCluster -CreationDate', 'Get-KmsEvent -After', 'Get-KmsEvent -Before', 'Import-KmsKeyMaterial -ValidTo',
            'Step-KmsClock -To', 'Test-KmsKeyAccess -At')
    }

    It 'are Gregorian where they are in ISO form, whatever the calendar of the culture' {
        $lines = Invoke-NewPowerShell @"
`$ErrorActionPreference = 'Stop'
Import-Module '$env:KMSTOOLS_TEST_MODULE'
`$text = { param(`$date) `$date.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff", [cultureinfo]::InvariantCulture) }
foreach (`$culture in 'fa-IR', 'ar-SA', 'th-TH') {
    [cultureinfo]::CurrentCulture = `$culture
    `$null = Connect-Kms -Temporary -SimulatedClock
    `$answer = [Collections.Generic.List[string]] @(`$culture)
    foreach (`$to in '2030-12-28T10:30Z', '2030-12-29 01:00:59.5+02:00', '2030-12-31') {
        `$answer.Add((& `$text (Step-KmsClock -To `$to).UtcNow))
    }

    `$wrapped = New-KmsKey -Origin EXTERNAL |
        Get-KmsParametersForImport -WrappingAlgorithm RSAES_OAEP_SHA_256 -WrappingKeySpec RSA_2048 |
        Protect-KmsKeyMaterial -KeyMaterial ([byte[]](1..32))
    `$key = `$wrapped | Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_EXPIRES -ValidTo '2031-06-30T00:00:00Z'
    `$answer.Add((& `$text (Get-KmsKey `$key.KeyId).ValidTo))
    `$answer.Add(@(Get-KmsEvent -After '2030-12-30' -Before '2031-01-02' -EventName CreateKey).Count)
    `$answer.Add(@(Get-KmsEvent -After '2031-01-02' -EventName CreateKey).Count)
    `$answer.Add(@(Get-KmsEvent -Before '2030-12-29' -EventName CreateKey).Count)
    `$answer.Add((& `$text (Step-KmsClock -To ([datetime]::new(2031, 1, 31, 0, 0, 0, [DateTimeKind]::Utc))).UtcNow))
    foreach (`$wrong in '2031-02-29', '2031-13-01', '2031-02-01T25:00Z') {
        try { Step-KmsClock -To `$wrong }
        catch { `$answer.Add("`$(`$_.FullyQualifiedErrorId.Split(',')[0]) `$(`$_.Exception.InnerException.Message)") }
    }

    `$answer.Add((& `$text (Get-KmsClock).UtcNow))
    Disconnect-Kms
    `$answer -join '|'
}

[cultureinfo]::CurrentCulture = 'de-DE'
`$null = Connect-Kms -Temporary -SimulatedClock
& `$text (Step-KmsClock -To '31.01.2031 00:00:00Z').UtcNow
& `$text (Step-KmsClock -To '2031-02-01T00:00:00Z').UtcNow
"@
        $midnight = [datetime]::new(2030, 12, 31).ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff", [cultureinfo]::InvariantCulture)
        $same = "2030-12-28T10:30:00.000|2030-12-28T23:00:59.500|$midnight|2031-06-30T00:00:00.000|1|0|0|2031-01-31T00:00:00.000|" +
            "ParameterArgumentTransformationError '2031-02-29' is not a date of the Gregorian calendar.|" +
            "ParameterArgumentTransformationError '2031-13-01' is not a date of the Gregorian calendar.|" +
            "ParameterArgumentTransformationError '2031-02-01T25:00Z' is not a date of the Gregorian calendar.|2031-01-31T00:00:00.000"
        $lines | Should -Be "fa-IR|$same", "ar-SA|$same", "th-TH|$same", '2031-01-31T00:00:00.000', '2031-02-01T00:00:00.000'
    }
}
