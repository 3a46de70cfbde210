BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../Lab.ps1"

    # The events that are raised while something is done, once there are as many as expected.
    function Watch-Alarm([scriptblock] $Do, [int] $Count) {
        $global:KmsAlarmEvents = [Collections.Concurrent.ConcurrentQueue[object]]::new()
        $null = Register-EngineEvent KmsTools.Alarm -Action { $global:KmsAlarmEvents.Enqueue($Event) }
        try {
            & $Do
            for ($i = 0; $i -lt 100 -and $global:KmsAlarmEvents.Count -lt $Count; $i++) { Start-Sleep -Milliseconds 100 }
            $global:KmsAlarmEvents.ToArray()
        }
        finally {
            Unregister-Event KmsTools.Alarm
            Remove-Variable KmsAlarmEvents -Scope Global
        }
    }

    function Use-PendingKey { $null = Get-ErrorOf { Invoke-KmsEncrypt $key.KeyId -Plaintext 'secret' } }
}

AfterAll {
    Disconnect-Kms
}

Describe 'New-KmsAlarm' {
    BeforeEach {
        $null = Connect-Kms -Temporary -SimulatedClock
        $key = New-KmsKey
    }

    It 'makes an alarm that is OK' {
        $alarm = New-KmsAlarm 'in use' $key.KeyId -Event KeyUsedWhilePendingDeletion -Threshold 2
        Get-PropertyName $alarm | Should -Be @(
            'Action', 'AuditEvent', 'CreationDate', 'CustomKeyStoreId', 'Event', 'KeyId', 'Name', 'State', 'StateReason', 'StateUpdatedDate', 'Threshold')
        $alarm.KeyId | Should -Be $key.Arn
        $alarm.State | Should -Be 'OK'
        $alarm.StateReason | Should -Be '0 calls were refused within 5 minutes because a key is pending deletion (threshold: 2).'
        $alarm.AuditEvent | Should -BeNullOrEmpty
    }

    It 'copies what an alarm watches, and its threshold to the same event only' {
        $alarm = New-KmsAlarm 'in use' $key.KeyId -Event KeyUsedWhilePendingDeletion -Threshold 7
        foreach ($form in $alarm, [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($alarm)), ($alarm | ConvertTo-Json | ConvertFrom-Json)) {
            $copy = $form | New-KmsAlarm copy
            $copy.KeyId, $copy.Event, $copy.Threshold | Should -Be $key.Arn, 'KeyUsedWhilePendingDeletion', 7
            Remove-KmsAlarm copy -Force
        }

        ($alarm | New-KmsAlarm other -Event KeyUsedWhilePendingDeletion).Threshold | Should -Be 1
        ($alarm | New-KmsAlarm another -Event KeyUsedWhilePendingDeletion -Threshold 3).Threshold | Should -Be 3
    }

    It 'makes none with -WhatIf' {
        New-KmsAlarm 'in use' -Event KeyUsedWhilePendingDeletion -WhatIf
        Get-KmsAlarm | Should -BeNullOrEmpty
    }

    It 'refuses what does not fit together' {
        $null = New-KmsAlarm 'in use' -Event KeyUsedWhilePendingDeletion
        (Get-ErrorOf { New-KmsAlarm 'in use' -Event KeyStoreFailed }).Exception.Message | Should -BeLike "An alarm with the name 'in use' exists already.*"
        (Get-ErrorOf { New-KmsAlarm a -Event KeyStoreFailed -Threshold 0 }).Exception.Message | Should -BeLike 'The threshold of KeyStoreFailed is 1 to 1000.*'
        (Get-ErrorOf { New-KmsAlarm a -Event KeyMaterialExpiring -Threshold 366 }).Exception.Message | Should -BeLike 'The threshold of KeyMaterialExpiring is 1 to 365.*'
        (Get-ErrorOf { New-KmsAlarm a $key.KeyId -Event KeyMaterialExpiring }).Exception.Message | Should -BeLike '*has no imported key material that could expire: its origin is AWS_KMS.*'
        (Get-ErrorOf { New-KmsAlarm a $key.KeyId -Event KeyStoreFailed }).Exception.Message | Should -BeLike '*is not in a custom key store.*'
        Get-ErrorCode (Get-ErrorOf { New-KmsAlarm a alias/none -Event KeyMaterialExpiring }) | Should -Be 'NotFoundException'
        @(Get-KmsAlarm).Name | Should -Be 'in use'
    }

    It 'sounds when a key pending deletion is used as often as the threshold, and no other key' {
        $null = New-KmsAlarm 'this key' $key.KeyId -Event KeyUsedWhilePendingDeletion -Threshold 2
        $null = New-KmsAlarm 'other key' (New-KmsKey).KeyId -Event KeyUsedWhilePendingDeletion
        $null = New-KmsAlarm 'all keys' -Event KeyUsedWhilePendingDeletion
        $null = Register-KmsKeyDeletion $key.KeyId -Force
        $null = Get-KmsKey $key.KeyId
        (Get-KmsAlarm).State | Should -Be 'OK', 'OK', 'OK'
        Use-PendingKey
        (Get-KmsAlarm 'this key').State | Should -Be 'OK'
        Use-PendingKey
        $alarm = Get-KmsAlarm 'this key'
        $alarm.State | Should -Be 'ALARM'
        $alarm.StateReason | Should -Be '2 calls were refused within 5 minutes because a key is pending deletion (threshold: 2).'
        $alarm.AuditEvent.EventName | Should -Be 'Encrypt'
        $alarm.AuditEvent.ErrorMessage | Should -Be "$($key.Arn) is pending deletion."
        (Get-KmsAlarm 'all keys').State | Should -Be 'ALARM'
        (Get-KmsAlarm 'other key').State | Should -Be 'OK'
    }

    It 'is OK again five minutes after the last use' {
        $null = New-KmsAlarm 'in use' -Event KeyUsedWhilePendingDeletion
        $null = Register-KmsKeyDeletion $key.KeyId -Force
        Use-PendingKey
        Step-KmsClock ([timespan]::FromSeconds(299))
        (Get-KmsAlarm).State | Should -Be 'ALARM'
        Step-KmsClock ([timespan]::FromSeconds(1))
        (Get-KmsAlarm).State | Should -Be 'OK'
    }

    It 'sounds the given days before key material expires, and is OK once it is gone' {
        $key = New-KmsKey -Origin EXTERNAL
        $null = New-KmsAlarm 'expiring' -Event KeyMaterialExpiring -Threshold 10
        (Get-KmsAlarm).StateReason | Should -Be 'No imported key material expires.'
        $end = (Get-KmsClock).UtcNow.AddDays(30)
        Get-KmsParametersForImport $key.KeyId -WrappingAlgorithm RSAES_OAEP_SHA_256 -WrappingKeySpec RSA_2048 |
            Protect-KmsKeyMaterial -KeyMaterial (New-KmsRandom 32).ToArray() | Import-KmsKeyMaterial -ValidTo $end
        (Get-KmsAlarm).State | Should -Be 'OK'
        Step-KmsClock -To $end.AddDays(-10).AddSeconds(-1)
        (Get-KmsAlarm).State | Should -Be 'OK'
        Step-KmsClock ([timespan]::FromSeconds(1))
        $alarm = Get-KmsAlarm
        $alarm.State | Should -Be 'ALARM'
        $alarm.StateReason | Should -Be "Key material of $($key.KeyId) expires at $($end.ToString('yyyy-MM-dd HH:mm:ss'))Z (threshold: 10 days before)."
        $alarm.AuditEvent.EventName | Should -Be 'ImportKeyMaterial'
        Step-KmsClock -To $end
        (Get-KmsAlarm).State | Should -Be 'OK'
    }

    It 'sees failed key stores and orphaned key material' {
        $lab = New-LabFolder
        $store = New-LabKeyStore "alarms-$([guid]::NewGuid().ToString('N').Substring(0, 8))" -Connected
        $null = New-KmsAlarm 'failed' -Event KeyStoreFailed
        $null = New-KmsAlarm 'orphans' -Event OrphanedKeyMaterial
        $hsmKey = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store
        $null = New-KmsAlarm 'orphans of the key' $hsmKey.KeyId -Event OrphanedKeyMaterial
        (Get-KmsAlarm).State | Should -Be 'OK', 'OK', 'OK'
        Disconnect-KmsCustomKeyStore $store
        $null = Register-KmsKeyDeletion $hsmKey.KeyId -PendingWindowInDay 7 -Force
        Step-KmsClock -Days 7
        (Get-KmsAlarm 'orphans*').State | Should -Be 'ALARM', 'ALARM'
        (Get-KmsAlarm 'orphans').StateReason | Should -Be '1 key material is in HSMs without a key (threshold: 1).'
        $since = (Get-KmsAlarm 'orphans').StateUpdatedDate
        $second = New-LabKeyStore "alarms-$([guid]::NewGuid().ToString('N').Substring(0, 8))" -Connected
        $secondKey = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $second
        Disconnect-KmsCustomKeyStore $second
        $null = Register-KmsKeyDeletion $secondKey.KeyId -PendingWindowInDay 7 -Force
        Step-KmsClock -Days 7
        (Get-KmsAlarm 'orphans').StateReason | Should -Be '2 key materials are in HSMs without a key (threshold: 1).'
        (Get-KmsAlarm 'orphans of the key').StateReason | Should -Be '1 key material is in HSMs without a key (threshold: 1).'
        Get-KmsOrphanedKeyMaterial (Get-KmsCustomKeyStore $second).CloudHsmClusterId -KeyStorePassword (ConvertTo-LabPin 'kmsPswd1') |
            Remove-KmsOrphanedKeyMaterial -KeyStorePassword (ConvertTo-LabPin 'kmsPswd1') -Force
        (Get-KmsAlarm 'orphans').StateReason | Should -Be '1 key material is in HSMs without a key (threshold: 1).'
        (Get-KmsAlarm 'orphans').StateUpdatedDate | Should -Be $since
        (Get-KmsAlarm 'orphans').AuditEvent.EventName | Should -Be 'DeleteKey'
        Update-KmsCustomKeyStore $store -KeyStorePassword 'wrongPassword'
        Connect-KmsCustomKeyStore $store
        $failed = Get-KmsAlarm 'failed'
        $failed.State | Should -Be 'ALARM'
        $failed.StateReason | Should -Match '^1 custom key store failed to connect: alarms-.{8} \(INVALID_CREDENTIALS\) \(threshold: 1\)\.$'
        $failed.AuditEvent.EventName | Should -Be 'ConnectCustomKeyStore'
        Disconnect-KmsCustomKeyStore $store
        (Get-KmsAlarm 'failed').State | Should -Be 'OK'
        Remove-LabFolder $lab
    }

    It 'raises PowerShell events with the alarm and its audit event, once for each change' {
        $null = New-KmsAlarm 'in use' -Event KeyUsedWhilePendingDeletion
        $null = Register-KmsKeyDeletion $key.KeyId -Force
        $raised = Watch-Alarm {
            Use-PendingKey
            Use-PendingKey
            $null = Step-KmsClock ([timespan]::FromMinutes(5))
        } 2
        $raised.MessageData.Name | Should -Be 'in use', 'in use'
        $raised.MessageData.State | Should -Be 'ALARM', 'OK'
        $raised[0].SourceArgs[1].EventName | Should -Be 'Encrypt'
    }

    It 'tells a session of what another process does' {
        $folder = (New-Item -ItemType Directory "TestDrive:/shared-$([guid]::NewGuid())").FullName
        $null = Connect-Kms -Path $folder
        $key = New-KmsKey
        $null = Register-KmsKeyDeletion $key.KeyId -Force
        $null = New-KmsAlarm 'in use' -Event KeyUsedWhilePendingDeletion
        $raised = Watch-Alarm {
            $null = Invoke-NewPowerShell "
                Import-Module '$env:KMSTOOLS_TEST_MODULE'
                `$null = Connect-Kms -Path '$folder'
                try { Invoke-KmsEncrypt $($key.KeyId) -Plaintext x } catch { }"
        } 1
        $raised.MessageData.State | Should -Be 'ALARM'
    }

    It 'runs its action in the session that made it' {
        $seen = [Collections.Generic.List[string]]::new()
        $global:KmsAlarmSeen = $seen
        $null = New-KmsAlarm 'in use' -Event KeyUsedWhilePendingDeletion -Action { $global:KmsAlarmSeen.Add("$($_.Name) $($Event.MessageData.State)") }
        $null = Register-KmsKeyDeletion $key.KeyId -Force
        Use-PendingKey
        for ($i = 0; $i -lt 50 -and $seen.Count -eq 0; $i++) { Start-Sleep -Milliseconds 100 }
        $seen | Should -Be 'in use ALARM'
        Remove-KmsAlarm 'in use' -Force
        Get-EventSubscriber | Where-Object SourceIdentifier -EQ 'KmsTools.Alarm.in use' | Should -BeNullOrEmpty
        Remove-Variable KmsAlarmSeen -Scope Global
    }
}
