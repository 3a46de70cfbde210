# What every view must hold, found by walking what the cmdlets say they write.
BeforeDiscovery {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $types = Get-Command -Module KmsTools -CommandType Cmdlet | ForEach-Object { $_.OutputType.Type } | Where-Object { $_ } |
        ForEach-Object { if ($_.IsArray) { $_.GetElementType() } else { $_ } } | Where-Object Namespace -Like 'KmsTools*' | Sort-Object FullName -Unique
    $outputs = @($types | ForEach-Object { @{ Name = $_.FullName; Type = $_ } })
}

BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $views = [xml](Get-Content -Raw "$env:KMSTOOLS_TEST_MODULE/KmsTools.Format.ps1xml")
    $rendering = $PSStyle.OutputRendering
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey -Description 'orders of the shop'
    $gone = New-KmsKey
    $null = Register-KmsKeyDeletion $gone.KeyId -PendingWindowInDay 7

    function Format-At([int] $Width, $Value, [switch] $List) {
        $PSStyle.OutputRendering = 'PlainText'
        $format = $List ? 'Format-List' : 'Format-Table'
        @($Value | & $format | Out-String -Width $Width -Stream | Where-Object Length)
    }
}

AfterAll {
    $PSStyle.OutputRendering = $rendering
    Disconnect-Kms
}

Describe 'The views of <Name>' -ForEach $outputs {
    BeforeAll {
        $own = @($views.SelectNodes("//View[ViewSelectedBy/TypeName='$Name']"))
    }

    It 'are a table and a list' {
        @($own | Where-Object TableControl).Count | Should -Be 1
        @($own | Where-Object ListControl).Count | Should -Be 1
    }

    It 'show properties that there are, dates in local time, and no bytes' {
        foreach ($property in $own.SelectNodes('.//PropertyName').InnerText) {
            $kind = $Type.GetProperty($property).PropertyType
            $kind | Should -Not -BeNullOrEmpty -Because "there is no $property"
            $kind | Should -Not -BeIn ([datetime], [Nullable[datetime]], [datetimeoffset], [byte[]]) -Because $property
        }

        foreach ($script in $own.SelectNodes('.//ScriptBlock').InnerText | Where-Object { $_ -match 'ToString\(.yyyy' -and $_ -notmatch '^\$_\.UtcNow\.ToString' }) {
            $script | Should -Match 'ToLocalTime'
        }
    }

    It 'have a column for each header' {
        foreach ($table in $own.TableControl | Where-Object { $_ }) {
            $table.SelectNodes('.//TableColumnItem').Count | Should -Be $table.SelectNodes('.//TableColumnHeader').Count
            $table.SelectNodes('.//TableRowEntry').Count | Should -Be 1
        }
    }

    It 'give the first columns room on 80 characters' {
        foreach ($table in $own.TableControl | Where-Object { $_ }) {
            [int] $table.SelectSingleNode('.//TableColumnHeader').Width | Should -BeLessOrEqual 64
        }
    }
}

Describe 'Get-KmsKeyList | Get-KmsKey' {
    It 'reads like a console page at 80 characters' {
        $lines = Format-At 80 (Get-KmsKeyList | Get-KmsKey)
        $lines[0] | Should -BeExactly 'KeyId                                State           Description     Deleted on'
        $lines.Count | Should -Be 4
        $lines | Where-Object { $_ -like "$($key.KeyId)*" } | Should -BeLike '* Enabled         orders of the *'
        ($lines | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual 80
    }

    It 'shows spec and origin too at 120 characters' {
        $lines = Format-At 120 (Get-KmsKeyList | Get-KmsKey)
        $lines[0] | Should -BeExactly 'KeyId                                State           Description     Deleted on KeySpec           Origin'
        $lines | Where-Object { $_ -like "$($gone.KeyId)*" } |
            Should -BeExactly "$($gone.KeyId) PendingDeletion                 $((Get-KmsClock).UtcNow.AddDays(7).ToLocalTime().ToString('yyyy-MM-dd')) SYMMETRIC_DEFAULT AWS_KMS"
    }

    It 'colours states where the host has colour, and nowhere else' {
        $PSStyle.OutputRendering = 'Ansi'
        Get-KmsKey $key.KeyId | Format-Table | Out-String | Should -Match "`e\[32mEnabled`e\[0m"
        Get-KmsKey $gone.KeyId | Format-List | Out-String | Should -Match "`e\[31mPendingDeletion`e\[0m"
        $PSStyle.OutputRendering = 'PlainText'
        Get-KmsKey $key.KeyId | Format-Table | Out-String | Should -Not -Match "`e"
    }

    It 'keeps values in UTC' {
        (Get-KmsKey $gone.KeyId).DeletionDate.Kind | Should -Be 'Utc'
        (Get-KmsKey $gone.KeyId).CreationDate.Kind | Should -Be 'Utc'
    }
}

Describe 'One answer of a call' {
    It 'is shown as a list' {
        $answer = Invoke-KmsEncrypt $key.KeyId -Plaintext 'secret'
        $PSStyle.OutputRendering = 'PlainText'
        ($answer | Out-String -Stream | Where-Object Length)[0] | Should -Match '^KeyId +: arn:aws:kms:|^CiphertextBlob +: '
        (Get-KmsConnection | Out-String -Stream | Where-Object Length)[0] | Should -BeLike 'Path * : *'
    }

    It 'is shown as a row with the ID of its key where a table is asked for' {
        $lines = Format-At 80 (Invoke-KmsEncrypt $key.KeyId -Plaintext 'secret')
        $lines[0] | Should -BeExactly 'KeyId                                CiphertextBlob EncryptionAlgorithm'
        $lines[2] | Should -BeLike "$($key.KeyId) * bytes * SYMMETRIC_DEFAULT"
    }

    It 'shows a new access key once, with its secret' {
        $accessKey = New-KmsAccessKey alice
        Format-At 120 $accessKey -List | Should -Contain "SecretAccessKey : $($accessKey.SecretAccessKey)"
        Get-KmsAccessKey | Format-List * | Out-String | Should -Not -Match ([regex]::Escape($accessKey.SecretAccessKey))
    }
}
