# Every error that a cmdlet can write says what it is, what kind it is and what to do, found by walking what makes errors.
BeforeDiscovery {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $factories = @([KmsTools.KmsErrors].GetMethods([Reflection.BindingFlags] 'NonPublic, Public, Static, DeclaredOnly') |
        Where-Object ReturnType -EQ ([KmsTools.KmsException]) | Where-Object IsPrivate -EQ $false | ForEach-Object { @{ Name = $_.Name; Factory = $_ } })
    $failures = @([Enum]::GetNames([KmsTools.KeyStores.HsmFailure]) | ForEach-Object { @{ Name = $_ } })
    $causes = @([Enum]::GetNames([KmsTools.ErrorCause]) | Where-Object { $_ -ne 'None' } | ForEach-Object { @{ Name = $_ } })
    $envelope = @([Enum]::GetNames([KmsTools.EnvelopeEncryption.EnvelopeFailure]) | ForEach-Object { @{ Name = $_ } })
}

BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $orders = New-KmsKey -Description orders
    New-KmsAlias -AliasName alias/orders -TargetKeyId $orders.KeyId
    $module = [KmsTools.Commands.KmsCmdlet].Assembly
    $any = [Reflection.BindingFlags] 'NonPublic, Public, Static, Instance'
    $records = $module.GetType('KmsTools.Commands.KmsErrorRecord')
    $ofError = $records.GetMethod('Of')
    $advice = $module.GetType('KmsTools.Commands.Advice')
    $fileAdvice = $module.GetType('KmsTools.Commands.FileAdvice')
    # A script block would make an empty string of nothing.
    $noHint = [Delegate]::CreateDelegate([Func[KmsTools.KmsException, string]], [Exception].GetProperty('HelpLink').GetMethod)
    $connection = $module.GetType('KmsTools.Sessions.KmsSession').GetMethod('Require').Invoke($null, @())
    $engine = [KmsTools.KmsConnection].GetProperty('Engine', $any).GetValue($connection)
    $state = $engine.OpenReader()
    $key = $state.FindKey('us-east-1', $orders.KeyId)

    function Get-Record([Exception] $Failure) { $ofError.Invoke($null, @($Failure, 'target', $noHint, $null, 'Get-KmsThing')) }

    # A value for each parameter of a factory.
    function New-Argument([type] $Type) {
        switch ($Type.FullName) {
            'System.String' { return 'name' }
            'KmsTools.Keys.Key' { return $key }
            'KmsTools.Key' { return $key }
            'System.Exception' { return [InvalidOperationException]::new('cause') }
            'KmsTools.AccessDecision' { return [Activator]::CreateInstance([KmsTools.AccessDecision]) }
            'KmsTools.KeyStores.HsmRemoval' {
                $token = [KmsTools.HsmToken]::new('lab', 'serial', $null)
                return [KmsTools.KeyStores.HsmRemoval]::new($token, [Collections.Immutable.ImmutableArray[string]]::Empty, $true, $false)
            }
        }

        if ($Type.IsValueType) { return [Activator]::CreateInstance($Type) }
        [Runtime.CompilerServices.RuntimeHelpers]::GetUninitializedObject($Type)
    }

    function New-Failure([type] $Type, [object[]] $Arguments, $Cause) {
        $failure = $Type.GetConstructors($any)[0].Invoke($Arguments)
        $Type.GetProperty('Cause').SetValue($failure, [KmsTools.ErrorCause] $Cause)
        $failure
    }

    function New-ClockFailure($Cause) { [KmsTools.StoreClockException].GetConstructors($any)[0].Invoke(@([KmsTools.ErrorCause] $Cause, 'message')) }

    # The advice that a cause gives to an error which has other advice without it.
    function Get-Difference([scriptblock] $New) {
        $with = (Get-Record (& $New $Name)).ErrorDetails.RecommendedAction
        if ($with -ne (Get-Record (& $New 'None')).ErrorDetails.RecommendedAction) { $with }
    }

    function Assert-Complete($Record) {
        $Record.FullyQualifiedErrorId | Should -Match '^[A-Za-z0-9]+$'
        $Record.CategoryInfo.Category | Should -Not -Be 'NotSpecified'
        $Record.TargetObject | Should -Be 'target'
        $Record.ErrorDetails.Message | Should -Not -BeNullOrEmpty
        $Record.ErrorDetails.RecommendedAction | Should -Match '\w'
    }

    # What to type: a cmdlet or a parameter, each of which exists.
    $cmdlets = @(Get-Command -Module KmsTools -CommandType Cmdlet)
    $parameters = @($cmdlets.Parameters.Keys | Sort-Object -Unique) + 'Full', 'Raw', 'AsSecureString'

    function Assert-Concrete([string] $Advice) {
        $named = @([regex]::Matches($Advice, '\b[A-Z][a-z]+-Kms[A-Za-z]+') | ForEach-Object Value)
        $given = @([regex]::Matches($Advice, '(?<=[ (]|^)-[A-Z][A-Za-z_]+') | ForEach-Object Value)
        $topics = @([regex]::Matches($Advice, 'Get-Help about_KmsTools_[A-Za-z]+') | ForEach-Object Value)
        $named + $given + $topics | Should -Not -BeNullOrEmpty -Because "'$Advice' must say what to type"
        $named | Where-Object { $_ -notin $cmdlets.Name } | Should -BeNullOrEmpty -Because "'$Advice' must name what exists"
        $given | Where-Object { $_.Substring(1) -notin $parameters } | Should -BeNullOrEmpty -Because "'$Advice' must name what exists"
    }
}

AfterAll {
    $state.Dispose()
    Disconnect-Kms
}

Describe 'The error <Name> of the API' -ForEach $factories {
    It 'has the code of AWS as its id, a category and advice' {
        $arguments = @($Factory.GetParameters() | ForEach-Object { New-Argument $_.ParameterType })
        $failure = $Factory.Invoke($null, [object[]] $arguments)
        $record = Get-Record $failure
        Assert-Complete $record
        $record.FullyQualifiedErrorId | Should -BeExactly $failure.ErrorCode
        $ofCode = $advice.GetMethod('OfCode').Invoke($null, @($failure.ErrorCode))
        $ofCode | Should -Match '\w' -Because "$($failure.ErrorCode) needs advice of its own"
        if ($failure.ErrorCode -notin 'ValidationException', 'ValidationError') { Assert-Concrete $ofCode }
        if ($failure.Cause -ne 'ForeignMaterial') {
            Assert-Concrete ($record.ErrorDetails.RecommendedAction -replace 'Get-Help Get-KmsThing', 'Get-Help Get-KmsKey')
        }
        if ($failure.Cause -ne 'None') {
            $record.ErrorDetails.RecommendedAction | Should -Not -Be $ofCode -Because "$($failure.Cause) needs advice of its own"
        }
    }
}

Describe 'The cause <Name>' -ForEach $causes {
    It 'has advice where it can occur' {
        $said = @(
            $advice.GetMethod('OfCause').Invoke($null, @((New-Failure ([KmsTools.KmsException]) @('KMSInternalException', 'message', 500, $null) $Name), 'us-east-1'))
            $fileAdvice.GetMethod('OfCause').Invoke($null, @([KmsTools.ErrorCause] $Name))
            Get-Difference { param($cause) New-Failure ([KmsTools.KeyStores.HsmException]) @([KmsTools.KeyStores.HsmFailure]::Failed, 'message', $null) $cause }
            Get-Difference { param($cause) New-Failure ([KmsTools.EnvelopeEncryption.EnvelopeException]) @([KmsTools.EnvelopeEncryption.EnvelopeFailure]::TrailingData, 'message', $null) $cause }
            if ($Name -in 'RealClock', 'ClockBackwards') { (Get-Record (New-ClockFailure $Name)).ErrorDetails.RecommendedAction }
        ) | Where-Object { $_ }
        $said | Should -Match '\w'

        # Only others can help there: the program that made the material, another SDK.
        if ($Name -notin 'ForeignMaterial', 'Uncommitted', 'FrameTooLong', 'TooManyIVs') {
            foreach ($advice in $said) { Assert-Concrete $advice }
        }
    }
}

Describe 'The fault <Name> of a message' -ForEach $envelope {
    It 'has an id, a category and advice' {
        $record = Get-Record (New-Failure ([KmsTools.EnvelopeEncryption.EnvelopeException]) @([KmsTools.EnvelopeEncryption.EnvelopeFailure] $Name, 'message', $null) 'None')
        Assert-Complete $record
        $record.FullyQualifiedErrorId | Should -BeExactly $Name
    }
}

Describe 'An argument that is wrong' {
    It 'leads to the help of the cmdlet' {
        $record = Get-Record ([ArgumentException]::new('The name is too long.'))
        Assert-Complete $record
        $record.ErrorDetails.RecommendedAction | Should -BeExactly 'Get-Help Get-KmsThing -Full describes what its parameters take.'
    }

    It 'is explained without the name of a parameter in our source, in the exception too' {
        $record = Get-Record ([ArgumentException]::new('The name is too long.', 'label'))
        Assert-Complete $record
        $record.Exception.Message | Should -BeExactly 'The name is too long.'
        "$record" | Should -BeExactly 'The name is too long.'
    }
}

Describe 'A clock' {
    It 'that cannot be moved is told from one that cannot go back' {
        (Get-Record (New-ClockFailure RealClock)).ErrorDetails.RecommendedAction | Should -BeExactly 'Connect-Kms -SimulatedClock makes a store with a simulated clock.'
        (Get-Record (New-ClockFailure ClockBackwards)).ErrorDetails.RecommendedAction | Should -BeExactly 'Get-KmsClock shows the time of the store: give a later one.'
    }
}

Describe 'The fault <Name> of an HSM' -ForEach $failures {
    It 'has an id, a category and advice' {
        $record = Get-Record ([KmsTools.KeyStores.HsmException]::new([KmsTools.KeyStores.HsmFailure] $Name, 'message'))
        Assert-Complete $record
        $record.FullyQualifiedErrorId | Should -BeExactly "Hsm$Name"
    }
}

Describe 'A library that cannot be initialized' {
    It 'is named with what it needs: <File>' -ForEach @(
        @{ File = 'libsofthsm2.so'; Needs = 'Check that SOFTHSM2_CONF names a configuration that can be read, and that its directories.tokendir exists. ' }
        @{ File = 'libopencryptoki.so.0.0.0'; Needs = 'Start the daemon pkcsslotd, and run as a user of the group pkcs11. ' }
        @{ File = 'libtpm2_pkcs11.so.1.9.0'; Needs = 'Check TPM2_PKCS11_STORE and TPM2_PKCS11_TCTI, and that the TPM answers. ' }
        @{ File = 'p11-kit-client.so'; Needs = 'Start the server, and check P11_KIT_SERVER_ADDRESS. ' }
        @{ File = 'libother.so'; Needs = '' }
    ) {
        $failure = New-Failure ([KmsTools.KeyStores.HsmException]) @([KmsTools.KeyStores.HsmFailure]::Failed, 'message', $null) 'LibraryNotInitialized'
        $failure.GetType().GetProperty('Library').SetValue($failure, "/usr/lib/$File")
        $record = Get-Record $failure
        Assert-Complete $record
        $record.ErrorDetails.RecommendedAction | Should -BeExactly "${Needs}Get-Help about_KmsTools_Hsm tells what each library needs."
    }
}

Describe 'Other errors' {
    It 'have an id, a category and advice' {
        $errors = @(
            [KmsTools.Persistence.StateStoreException]::new('message')
            [ObjectDisposedException]::new('connection')
            [Security.Cryptography.CryptographicException]::new('message')
            [ArgumentException]::new('message')
            [ArgumentOutOfRangeException]::new('name')
            [InvalidOperationException]::new('message')
            [DllNotFoundException]::new('message')
            [UnauthorizedAccessException]::new('message')
            [IO.IOException]::new('message')
            [IO.FileNotFoundException]::new('message')
            [IO.DirectoryNotFoundException]::new('message')
            [System.Management.Automation.ItemNotFoundException]::new('message')
        )
        foreach ($failure in $errors) { Assert-Complete (Get-Record $failure) }
    }
}

Describe 'A slip of the fingers' {
    It 'in <What> is answered with the nearest name' -ForEach @(
        @{ What = 'an alias'; Call = { Get-KmsKey alias/ordres }; Code = 'NotFoundException'; Meant = 'alias/orders' }
        @{ What = 'an alias without its prefix'; Call = { Get-KmsKey orders }; Code = 'NotFoundException'; Meant = 'alias/orders' }
        @{ What = 'the case of an alias'; Call = { Get-KmsKey alias/Orders }; Code = 'NotFoundException'; Meant = 'alias/orders' }
        @{ What = 'an alias whose events are asked for'; Call = { Get-KmsEvent alias/order }; Code = 'NotFoundException'; Meant = 'alias/orders' }
        @{ What = 'an enumeration'; Call = { New-KmsKey -KeySpec RSA_2047 -KeyUsage SIGN_VERIFY }; Code = 'ValidationException'; Meant = 'RSA_2048' }
        @{ What = 'an item of a list'; Call = { New-KmsGrant -KeyId $orders.KeyId -GranteePrincipal arn:aws:iam::111122223333:root -Operation Decrypt, Encrpt }; Code = 'ValidationException'; Meant = 'Encrypt' }
        @{ What = 'a quota'; Call = { Set-KmsQuota GrantPerKey 3 }; Code = 'QuotaNotFound'; Meant = 'GrantsPerKey' }
        @{ What = 'a quota to show'; Call = { Get-KmsQuota GrantPerKey }; Code = 'QuotaNotFound'; Meant = 'GrantsPerKey' }
        @{ What = 'an alarm'; Call = { $null = New-KmsAlarm 'still in use' -Event KeyUsedWhilePendingDeletion; Remove-KmsAlarm 'stil in use' -Force }; Code = 'AlarmNotFound'; Meant = 'still in use' }
    ) {
        $refusal = Get-ErrorOf $Call
        Get-ErrorCode $refusal | Should -Be $Code
        $refusal.ErrorDetails.RecommendedAction | Should -BeLike "Did you mean ${Meant}? *"
    }

    It 'in a key ID is answered with the nearest one' {
        $first = $orders.KeyId[0] -eq '0' ? '1' : '0'
        (Get-ErrorOf { Get-KmsKey ($first + $orders.KeyId.Substring(1)) }).ErrorDetails.RecommendedAction | Should -BeLike "Did you mean $($orders.KeyId)? *"
    }

    It 'in a Region or the name of an event is a warning, for both may be what is meant' {
        Get-KmsKeyList -Region us-esat-1 -WarningVariable said 3> $null
        $said | Should -BeExactly 'us-esat-1 is not a Region of AWS that KmsTools knows; did you mean us-east-1?'
        Get-KmsEvent -EventName DescrbeKey -WarningVariable said 3> $null
        $said | Should -BeExactly 'No event is named DescrbeKey. Did you mean DescribeKey?'
    }

    It 'is not suspected in Regions that AWS has or may have soon, nor in what is like nothing' {
        foreach ($region in 'cn-north-1', 'us-gov-west-1', 'eu-central-9', 'lab') {
            Get-KmsKeyList -Region $region -WarningVariable said
            $said | Should -BeNullOrEmpty
        }
    }

    It 'does not hide that nothing is near' {
        (Get-ErrorOf { Get-KmsKey alias/something-else }).ErrorDetails.RecommendedAction | Should -BeExactly 'Get-KmsAliasList shows the aliases of this Region.'
    }
}

Describe 'The name of an event' {
    It 'may be written in lower case' {
        (Get-KmsEvent -EventName createkey).EventName | Select-Object -Unique | Should -BeExactly 'CreateKey'
    }
}

Describe '-WhatIf' {
    It 'reports <What>, which is known beforehand' -ForEach @(
        @{ What = 'a waiting period of 6 days'; Call = { Register-KmsKeyDeletion $orders.KeyId -PendingWindowInDay 6 -WhatIf }; Code = 'ValidationException' }
        @{ What = 'a waiting period of 31 days'; Call = { Register-KmsKeyDeletion $orders.KeyId -PendingWindowInDay 31 -WhatIf }; Code = 'ValidationException' }
        @{ What = 'an alias that is taken'; Call = { New-KmsAlias -AliasName alias/orders -TargetKeyId $orders.KeyId -WhatIf }; Code = 'AlreadyExistsException' }
        @{ What = 'an alias of AWS'; Call = { New-KmsAlias -AliasName alias/aws/mine -TargetKeyId $orders.KeyId -WhatIf }; Code = 'NotAuthorizedException' }
        @{ What = 'a grant that is not there'; Call = { Revoke-KmsGrant -KeyId $orders.KeyId -GrantId ('a' * 64) -WhatIf }; Code = 'NotFoundException' }
        @{ What = 'a grant that does not fit'; Call = { New-KmsGrant -KeyId $orders.KeyId -GranteePrincipal arn:aws:iam::111122223333:root -Operation Sign -WhatIf }; Code = 'ValidationException' }
        @{ What = 'a policy that locks out'; Call = { Write-KmsKeyPolicy $orders.KeyId -Policy '{"Version":"2012-10-17","Statement":[]}' -WhatIf }; Code = 'MalformedPolicyDocumentException' }
        @{ What = 'a tag of AWS'; Call = { Add-KmsResourceTag $orders.KeyId -Tag @{ TagKey = 'aws:x'; TagValue = '' } -WhatIf }; Code = 'TagException' }
        @{ What = 'a key store that is not there'; Call = { New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId cks-1234567890abcdef0 -WhatIf }; Code = 'CustomKeyStoreNotFoundException' }
        @{ What = 'a replica of a key of one Region'; Call = { New-KmsReplicaKey $orders.KeyId -ReplicaRegion eu-west-1 -WhatIf }; Code = 'UnsupportedOperationException' }
        @{ What = 'an alarm that is not there'; Call = { Remove-KmsAlarm none -WhatIf }; Code = 'AlarmNotFound' }
        @{ What = 'an access key that is not there'; Call = { Remove-KmsAccessKey AKIA0 -WhatIf }; Code = 'AccessKeyNotFound' }
        @{ What = 'a cluster that is not there'; Call = { Unregister-KmsHsmCluster cluster-abcdefghijk -WhatIf }; Code = 'CloudHsmClusterNotFoundException' }
        @{ What = 'a cluster to change that is not there'; Call = { Set-KmsHsmCluster cluster-abcdefghijk -HighAvailability $true -WhatIf }; Code = 'CloudHsmClusterNotFoundException' }
        @{ What = 'a time in the past'; Call = { Step-KmsClock -To '2001-01-01' -WhatIf }; Code = 'InvalidOperation' }
    ) {
        Get-ErrorCode (Get-ErrorOf $Call) | Should -Be $Code
    }

    It 'reports quotas that are used up' {
        Set-KmsQuota AliasesPerKey 1
        try {
            $refusal = Get-ErrorOf { New-KmsAlias -AliasName alias/second -TargetKeyId $orders.KeyId -WhatIf }
            Get-ErrorCode $refusal | Should -Be 'LimitExceededException'
            $refusal.Exception.Message | Should -BeExactly "$($orders.Arn) has 1 alias, the most that are allowed."
        }
        finally {
            Reset-KmsQuota AliasesPerKey
        }
    }

    It 'records nothing and changes nothing' {
        $before = @(Get-KmsEvent).Count
        New-KmsAlias -AliasName alias/other -TargetKeyId $orders.KeyId -WhatIf
        $null = Get-ErrorOf { New-KmsAlias -AliasName alias/orders -TargetKeyId $orders.KeyId -WhatIf }
        @(Get-KmsEvent).Count | Should -Be $before
        @(Get-KmsAliasList -KeyId $orders.KeyId).Count | Should -Be 1
    }
}

Describe 'What to do about a custom key store that is FAILED' {
    BeforeAll {
        function Get-Reconnection([string] $Code) {
            $store = [Runtime.CompilerServices.RuntimeHelpers]::GetUninitializedObject([KmsTools.CustomKeyStore])
            foreach ($member in @{ CustomKeyStoreId = 'cks-1'; ConnectionState = 'FAILED'; ConnectionErrorCode = $Code }.GetEnumerator()) {
                $property = $store.GetType().GetProperty($member.Key)
                $type = [Nullable]::GetUnderlyingType($property.PropertyType) ?? $property.PropertyType
                $property.SetValue($store, ($type.IsEnum ? [Enum]::Parse($type, $member.Value) : $member.Value))
            }

            $module.GetType('KmsTools.Commands.StoreAdvice').GetMethod('Reconnection').Invoke($null, @($state, $store, $null))
        }
    }

    It 'is complete: <Code>' -ForEach @(
        @{ Code = 'INTERNAL_ERROR'; Advice = 'Disconnect-KmsCustomKeyStore cks-1; Connect-KmsCustomKeyStore cks-1' }
        @{ Code = 'CLUSTER_NOT_FOUND'; Advice = 'Get-KmsHsm  shows the HSMs. Once they answer: Disconnect-KmsCustomKeyStore cks-1; Connect-KmsCustomKeyStore cks-1' }
        @{
            Code = 'INVALID_CREDENTIALS'
            Advice = 'Disconnect-KmsCustomKeyStore cks-1; Update-KmsCustomKeyStore cks-1 -KeyStorePassword (Read-Host -AsSecureString); Connect-KmsCustomKeyStore cks-1'
        }
        @{
            Code = 'USER_LOCKED_OUT'
            Advice = 'The security officer of the HSM must unlock the crypto user and set its PIN. With that PIN: Disconnect-KmsCustomKeyStore cks-1; ' +
                'Update-KmsCustomKeyStore cks-1 -KeyStorePassword (Read-Host -AsSecureString); Connect-KmsCustomKeyStore cks-1'
        }
        @{
            Code = 'USER_NOT_FOUND'
            Advice = 'The security officer of the HSM must set the PIN of the crypto user. With that PIN: Disconnect-KmsCustomKeyStore cks-1; ' +
                'Update-KmsCustomKeyStore cks-1 -KeyStorePassword (Read-Host -AsSecureString); Connect-KmsCustomKeyStore cks-1'
        }
        @{
            Code = 'USER_LOGGED_IN'
            Advice = 'Log the crypto user out of the other program, or disconnect the other key store that uses the HSMs. Then: ' +
                'Disconnect-KmsCustomKeyStore cks-1; Connect-KmsCustomKeyStore cks-1 (if its PIN was changed for that: Disconnect-KmsCustomKeyStore cks-1; ' +
                'Update-KmsCustomKeyStore cks-1 -KeyStorePassword (Read-Host -AsSecureString); Connect-KmsCustomKeyStore cks-1)'
        }
    ) {
        Get-Reconnection $Code | Should -BeExactly $Advice
    }
}

Describe 'What was found at a proxy' {
    It 'ends with one full stop before the advice: <Found>' -ForEach @(
        @{ Found = 'No connection to the proxy can be made: Connection refused (proxy.example:443)'; Sentence = 'No connection to the proxy can be made: Connection refused (proxy.example:443).' }
        @{ Found = 'The proxy does not answer twice.'; Sentence = 'The proxy does not answer twice.' }
    ) {
        $found = [KmsTools.KeyStores.XksException]::new([KmsTools.KeyStores.XksFailure]::Unreachable, $Found)
        $failure = New-Failure ([KmsTools.KmsException]) @('KMSInvalidStateException', 'message', 400, $found) 'ProxyUnreachable'
        (Get-Record $failure).ErrorDetails.RecommendedAction | Should -BeExactly (
            "$Sentence Get-KmsXksProxyAddress shows how its host is reached; Set-KmsXksProxyAddress <host> -Address ... -Port ... changes it, " +
            'and -TimeoutInMilliseconds gives the proxy more time.')
    }
}
