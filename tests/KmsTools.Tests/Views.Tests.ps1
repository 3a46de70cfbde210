# What every view must hold, found by walking what the cmdlets say they write.
BeforeDiscovery {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $types = Get-Command -Module KmsTools -CommandType Cmdlet | ForEach-Object { $_.OutputType.Type } | Where-Object { $_ } |
        ForEach-Object { if ($_.IsArray) { $_.GetElementType() } else { $_ } } | Where-Object Namespace -Like 'KmsTools*' | Sort-Object FullName -Unique
    $outputs = @($types | ForEach-Object { @{ Name = $_.FullName; Type = $_ } })
}

BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/Support.ps1"
    $views = [xml](Get-Content -Raw "$env:KMSTOOLS_TEST_MODULE/KmsTools.Format.ps1xml")
    $rendering = $PSStyle.OutputRendering
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey -Description 'orders of the shop'
    New-KmsAlias -AliasName alias/orders -TargetKeyId $key.KeyId
    $gone = New-KmsKey
    $null = Register-KmsKeyDeletion $gone.KeyId -PendingWindowInDay 7

    $evil = "a`e[2Jb`u{9b}1mc`u{202e}d`ne"
    $shown = 'a\u001B[2Jb\u009B1mc\u202Ed\u000Ae'

    # As a terminal gets it: PlainText would leave out sequences.
    function Show($Value, [string] $Format) {
        $PSStyle.OutputRendering = 'Ansi'
        $Value | & $Format | Out-String -Width 400
    }

    # An object with a text wherever it has text, in its lists and parts too: a list has one item. Null for other types.
    Add-Type -TypeDefinition @'
        using System;
        using System.Collections;
        using System.Collections.Generic;
        using System.Collections.Immutable;
        using System.Linq;
        using System.Reflection;
        using System.Runtime.CompilerServices;

        public static class Filled
        {
            public static object Of(Type type, string text, int depth = 0)
            {
                Type[] arguments = type.GenericTypeArguments;
                Type item = type.IsArray ? type.GetElementType() : arguments.LastOrDefault();
                if (type == typeof(string) || type == typeof(object))
                {
                    return text;
                }

                if (item is not null && typeof(IEnumerable).IsAssignableFrom(type))
                {
                    object one = depth < 4 ? Of(item, text, depth + 1) : null;
                    if (arguments.Length == 2)
                    {
                        object pairs = typeof(ImmutableSortedDictionary<,>).MakeGenericType(arguments).GetField("Empty").GetValue(null);
                        object name = arguments[0] == typeof(string) ? text : arguments[0].IsEnum ? Activator.CreateInstance(arguments[0]) : null;
                        one ??= item.IsValueType ? Activator.CreateInstance(item) : null;
                        if (name is not null && one is not null)
                        {
                            pairs = pairs.GetType().GetMethod("Add").Invoke(pairs, new object[] { name, one });
                        }

                        return pairs;
                    }

                    Array items = Array.CreateInstance(item, one is null ? 0 : 1);
                    if (one is not null)
                    {
                        items.SetValue(one, 0);
                    }

                    return type.Name != "ImmutableArray`1" ? items : typeof(ImmutableArray).GetMethods()
                        .First(method => method.ToString().EndsWith("Create[T](T[])"))
                        .MakeGenericMethod(item).Invoke(null, new object[] { items });
                }

                if (!type.FullName.StartsWith("KmsTools.") || !type.IsClass || type.IsAbstract || depth > 4)
                {
                    return null;
                }

                object filled = RuntimeHelpers.GetUninitializedObject(type);
                foreach (PropertyInfo property in type.GetProperties())
                {
                    FieldInfo field = type.GetField($"<{property.Name}>k__BackingField", BindingFlags.Instance | BindingFlags.NonPublic);
                    if (field is not null && Of(field.FieldType, text, depth + 1) is { } value)
                    {
                        field.SetValue(filled, value);
                    }
                }

                return filled;
            }
        }
'@

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
        @($own | Where-Object TableControl | Where-Object Name -NE 'Timeline').Count | Should -Be 1
        @($own | Where-Object ListControl).Count | Should -Be 1
    }

    It 'show properties that there are, dates in UTC, and no bytes' {
        foreach ($property in $own.SelectNodes('.//PropertyName').InnerText) {
            $kind = $Type.GetProperty($property).PropertyType
            $kind | Should -Not -BeNullOrEmpty -Because "there is no $property"
            $kind | Should -Not -BeIn ([datetime], [Nullable[datetime]], [datetimeoffset], [byte[]], [KmsTools.KmsBlob], [KmsTools.KmsSecretBlob]) -Because $property
        }

        # Text is shown by Views, which escapes what controls a terminal.
        foreach ($property in $own.SelectNodes('.//PropertyName').InnerText) {
            $Type.GetProperty($property).PropertyType | Should -Not -Be ([string]) -Because "$property is shown as it is"
        }

        # A script block shows text of Views, or a property of a property.
        foreach ($script in $own.SelectNodes('.//ScriptBlock').InnerText | Where-Object { $_ -match '^\$_\.\w+(\.\w+)+$' }) {
            $script | Should -Not -Match '(Date|Time|Timestamp|Now|ValidTo|Plaintext|Blob)$'
        }
    }

    It 'show no character that controls a terminal' {
        $filled = [Filled]::Of($Type, $evil)
        foreach ($format in 'Format-List', 'Format-Table') {
            $text = Show $filled $format
            $text | Should -Not -Match "`e(?!\[[\d;]*m)|[`u{0}-`u{8}`u{7f}-`u{9f}`u{202a}-`u{202e}]"
            # A connection reads its store.
            if ($own.SelectNodes('.//ScriptBlock').InnerText -match 'Text\(' -and $Type -ne [KmsTools.KmsConnection]) { $text | Should -BeLike '*a\u001B*' }
        }
    }

    It 'have an object that becomes JSON' {
        $filled = [Filled]::Of($Type, 'orders')
        $filled | ConvertTo-Json -Depth 6 -ErrorAction Stop -WarningAction SilentlyContinue | ConvertFrom-Json -Depth 8 | Should -Not -BeNullOrEmpty
    }

    It 'have a column for each header' {
        foreach ($table in $own.TableControl | Where-Object { $_ }) {
            $table.SelectNodes('.//TableColumnItem').Count | Should -Be $table.SelectNodes('.//TableColumnHeader').Count
            $table.SelectNodes('.//TableRowEntry').Count | Should -Be 1
        }
    }

    # PowerShell squeezes the first column that has no room, unless the columns before it fill the line.
    It 'fill 80 characters without a squeezed column, and have one flexible column at most, the last' {
        foreach ($table in $own.TableControl | Where-Object { $_ }) {
            $widths = @($table.SelectNodes('.//TableColumnHeader') | ForEach-Object { [int] $_.Width })
            @($widths[0..($widths.Count - 2)] | Where-Object { $_ -eq 0 }).Count | Should -BeLessOrEqual ($widths[0] -eq 0 ? 2 : 0)
            $ends = foreach ($index in 0..($widths.Count - 1)) { ($widths[0..$index] | Measure-Object -Sum).Sum + $index }
            $fits = $widths[-1] -gt 0 ? ($ends[-1] -le 80) : ($ends[-1] -le 72)
            ($fits -or $ends -contains 79 -or $ends -contains 80) | Should -BeTrue -Because "the columns of $Name end at $($ends -join ', ')"
        }
    }

    It 'squeeze no column at <_> characters' -ForEach 100, 120, 160 {
        foreach ($table in $own.TableControl | Where-Object { $_ }) {
            $widths = @($table.SelectNodes('.//TableColumnHeader') | ForEach-Object { [int] $_.Width })
            if ($widths[0] -eq 0) { continue }
            $end = -1
            foreach ($width in $widths) {
                $left = $_ - 1 - ($end + 1)
                if ($left -lt $width -or $width -eq 0) {
                    ($left -le 0 -or $left -ge ($width -eq 0 ? 8 : [Math]::Min($width, 8))) |
                        Should -BeTrue -Because "$left characters are left for a column of $width of $Name"
                    break
                }

                $end += 1 + $width
            }
        }
    }
}

Describe 'Get-KmsKeyList | Get-KmsKey' {
    It 'reads like a console page at 80 characters' {
        $lines = Format-At 80 (Get-KmsKey $key.KeyId)
        $lines.TrimEnd() | Should -BeExactly @(
            'Alias                      KeyId                                State'
            '-----                      -----                                -----'
            "alias/orders               $($key.KeyId) Enabled")
        (Format-At 80 (Get-KmsKeyList | Get-KmsKey)).Count | Should -Be 4
    }

    It 'shows what becomes due, and the description, at 160 characters' {
        $due = (Get-KmsClock).UtcNow.AddDays(7).ToString('yyyy-MM-dd')
        (Format-At 160 (Get-KmsKey $gone.KeyId)).TrimEnd() | Should -BeExactly @(
            'Alias                      KeyId                                State           KeySpec             Next due            Origin       Description'
            '-----                      -----                                -----           -------             --------            ------       -----------'
            "                           $($gone.KeyId) PendingDeletion SYMMETRIC_DEFAULT   Deletion $due AWS_KMS")
        (Format-At 160 (Get-KmsKey $key.KeyId))[2] | Should -BeLike 'alias/orders * SYMMETRIC_DEFAULT * AWS_KMS      orders of the shop*'
    }

    It 'reads nothing that leaves an event' {
        $shown = Get-KmsKey $key.KeyId
        $before = @(Get-KmsEvent).Count
        $null = Format-At 160 $shown
        @(Get-KmsEvent).Count | Should -Be $before
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

Describe 'Get-KmsEvent' {
    It 'shows errors at 80 characters, and names keys by alias and key stores' {
        try { Get-KmsKey alias/none } catch { $null = $_ }
        try { Disconnect-KmsCustomKeyStore cks-1 } catch { $null = $_ }
        $null = Get-KmsKey alias/orders
        $time = (Get-KmsClock).UtcNow.ToString("yyyy-MM-dd HH:mm:ss'Z'")
        (Format-At 80 (Get-KmsEvent -Last 3)).TrimEnd() | Should -BeExactly @(
            'Time                 Event                  What'
            '----                 -----                  ----'
            "$time DescribeKey            NotFoundException: alias/none"
            "$time DisconnectCustomKeySto CustomKeyStoreNotFoundException: cks"
            '                     re                     -1'
            "$time DescribeKey            alias/orders")
        (Format-At 160 (Get-KmsEvent -Last 3))[2, 3].TrimEnd() | Should -BeExactly @(
            ("$time DescribeKey            NotFoundException: alias/none        $([Environment]::UserName.PadRight(19)) " +
            'Alias arn:aws:kms:us-east-1:111122223333:alias/none is not')
            "$(' ' * 101)found.")
    }

    It 'shows the longest names whole, and the beginning of a long error' {
        $null = New-KmsDataKeyPairWithoutPlaintext $key.KeyId -KeyPairSpec ECC_NIST_P256
        (Format-At 80 (Get-KmsEvent -Last 1))[2, 3].TrimEnd() | Should -BeExactly @(
            "$((Get-KmsClock).UtcNow.ToString("yyyy-MM-dd HH:mm:ss'Z'")) GenerateDataKeyPairWit alias/orders"
            '                     houtPlaintext')
        [KmsTools.Views]::FailureExcerpt('a' * 120, 'X', 'PlainText') | Should -BeExactly ('a' * 120)
        [KmsTools.Views]::FailureExcerpt('a' * 121, 'X', 'PlainText') | Should -BeExactly ('a' * 119 + '…')
        [KmsTools.Views]::Excerpt($null) | Should -BeExactly ''
    }
}

Describe 'A long alias' {
    BeforeAll {
        $named = (New-KmsKey -Description ('Orders of the shop. ' * 6 + 'end')).KeyId
        $alias = 'alias/' + 'department-of-orders/' * 11 + 'production'
        New-KmsAlias -AliasName $alias -TargetKeyId $named
    }

    AfterAll {
        Remove-KmsAlias $alias -Force
    }

    It 'is whole in the table of keys at <Width> columns' -ForEach @(
        @{ Width = 80; Rest = '' }
        @{ Width = 160; Rest = ' SYMMETRIC_DEFAULT                       AWS_KMS      Orders of the shop. Orders' }
    ) {
        $lines = Format-At $Width (Get-KmsKey $named)
        $lines[2].TrimEnd() | Should -BeExactly "alias/department-of-orders $named Enabled$($Rest ? '        ' : '')$Rest"
        $lines[3..9] | ForEach-Object { $_.Substring(0, 26) } | Should -BeExactly @(
            '/department-of-orders/depa', 'rtment-of-orders/departmen', 't-of-orders/department-of-', 'orders/department-of-order', 's/department-of-orders/dep'
            'artment-of-orders/departme', 'nt-of-orders/department-of')
        -join ($lines[2..($lines.Count - 1)] | ForEach-Object { $_.PadRight(26).Substring(0, 26).Trim() }) | Should -BeExactly $alias
    }

    It 'is whole wherever a table has one: <Table>' -ForEach @(
        @{ Table = 'Get-KmsAliasList'; Get = { Get-KmsAliasList -KeyId $named } }
        @{ Table = 'Get-KmsKeyList'; Get = { Get-KmsKeyList | Where-Object KeyId -EQ $named } }
        @{ Table = 'Get-KmsEvent'; Get = { Get-KmsEvent $named -Last 1 } }
        @{ Table = 'Get-KmsSchedule'; Get = { Enable-KmsKeyRotation $named; Get-KmsSchedule | Where-Object KeyId -EQ $named } }
        @{ Table = 'Get-KmsKeyHistory'; Get = { Get-KmsKeyHistory $named | Where-Object EventName -EQ CreateAlias } }
    ) {
        $shown = & $Get
        foreach ($width in 80, 160) {
            $lines = Format-At $width $shown
            $column = $lines.Where({ $_ -match 'alias/' }, 'First')[0].IndexOf('alias/')
            $next = $lines[1].IndexOf(' -', $column)
            $cells = $lines[2..($lines.Count - 1)] | ForEach-Object {
                $line = $_.PadRight($column)
                $next -lt 0 -or $next -ge $line.Length ? $line.Substring($column) : $line.Substring($column, $next - $column)
            }
            -join ($cells | ForEach-Object Trim) | Should -BeLike "*$alias*"
        }
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

Describe 'The script blocks of the views' {
    It 'are one property, one comparison or one call each' {
        $path = '\$_(\.\w+)*'
        $blocks = $views.SelectNodes('//ScriptBlock').InnerText
        $blocks.Count | Should -BeGreaterThan 200
        foreach ($block in $blocks) {
            $block | Should -Match "^($path|\`$null -ne $path|$path -gt \d|\[KmsTools\.Views\]::\w+\($path(, $path)?(, \`$PSStyle\.OutputRendering)?\))$"
        }
    }

    It 'call what there is' {
        $functions = [KmsTools.Views].GetMethods([Reflection.BindingFlags] 'Public, Static, DeclaredOnly').Name
        $called = $views.SelectNodes('//ScriptBlock').InnerText | Where-Object { $_ -match '::(\w+)\(' } | ForEach-Object { $Matches[1] } | Sort-Object -Unique
        $called | Should -Be ($functions | Sort-Object -Unique) -Because 'each function is called by a view'
    }
}

Describe 'What the views show' {
    BeforeAll {
        $red, $green, $yellow, $cyan, $dim = 31, 32, 33, 36, 90 | ForEach-Object { "`e[${_}m" }
        $time = [datetime]::new(2026, 11, 27, 13, 4, 5, [DateTimeKind]::Utc)
    }

    It 'of <Kind>.<Value> is <Colour>' -ForEach @(
        @{ Kind = 'KmsTools.KeyState'; Value = 'Creating'; Colour = 'yellow' }
        @{ Kind = 'KmsTools.KeyState'; Value = 'Enabled'; Colour = 'green' }
        @{ Kind = 'KmsTools.KeyState'; Value = 'Disabled'; Colour = 'dim' }
        @{ Kind = 'KmsTools.KeyState'; Value = 'PendingDeletion'; Colour = 'red' }
        @{ Kind = 'KmsTools.KeyState'; Value = 'PendingReplicaDeletion'; Colour = 'red' }
        @{ Kind = 'KmsTools.KeyState'; Value = 'PendingImport'; Colour = 'yellow' }
        @{ Kind = 'KmsTools.KeyState'; Value = 'Unavailable'; Colour = 'red' }
        @{ Kind = 'KmsTools.KeyState'; Value = 'Updating'; Colour = 'yellow' }
        @{ Kind = 'KmsTools.ConnectionStateType'; Value = 'CONNECTED'; Colour = 'green' }
        @{ Kind = 'KmsTools.ConnectionStateType'; Value = 'CONNECTING'; Colour = 'yellow' }
        @{ Kind = 'KmsTools.ConnectionStateType'; Value = 'FAILED'; Colour = 'red' }
        @{ Kind = 'KmsTools.ConnectionStateType'; Value = 'DISCONNECTED'; Colour = 'yellow' }
        @{ Kind = 'KmsTools.ConnectionStateType'; Value = 'DISCONNECTING'; Colour = 'yellow' }
        @{ Kind = 'KmsTools.HsmState'; Value = 'ACTIVE'; Colour = 'green' }
        @{ Kind = 'KmsTools.HsmState'; Value = 'UNINITIALIZED'; Colour = 'yellow' }
        @{ Kind = 'KmsTools.HsmState'; Value = 'DEGRADED'; Colour = 'red' }
        @{ Kind = 'KmsTools.AlarmState'; Value = 'OK'; Colour = 'green' }
        @{ Kind = 'KmsTools.AlarmState'; Value = 'ALARM'; Colour = 'red' }
        @{ Kind = 'KmsTools.KeyStores.OrphanKind'; Value = 'MATERIAL_WITHOUT_KEY'; Colour = 'yellow' }
        @{ Kind = 'KmsTools.KeyStores.OrphanKind'; Value = 'KEY_WITHOUT_MATERIAL'; Colour = 'red' }
        @{ Kind = 'KmsTools.KeyStores.OrphanKind'; Value = 'KEY_NOT_ON_ALL_HSMS'; Colour = 'yellow' }
        @{ Kind = 'KmsTools.KeyStores.OrphanKind'; Value = 'UNUSABLE_OBJECT'; Colour = 'yellow' }
        @{ Kind = 'KmsTools.Estates.EstateAction'; Value = 'Created'; Colour = 'green' }
        @{ Kind = 'KmsTools.Estates.EstateAction'; Value = 'Updated'; Colour = 'cyan' }
        @{ Kind = 'KmsTools.Estates.EstateAction'; Value = 'Unchanged'; Colour = 'dim' }
        @{ Kind = 'KmsTools.Estates.EstateAction'; Value = 'Waiting'; Colour = 'yellow' }
        @{ Kind = 'KmsTools.AccessDecisionType'; Value = 'Allowed'; Colour = 'green' }
        @{ Kind = 'KmsTools.AccessDecisionType'; Value = 'ImplicitlyDenied'; Colour = 'red' }
        @{ Kind = 'KmsTools.AccessDecisionType'; Value = 'ExplicitlyDenied'; Colour = 'red' }
    ) {
        $state = [Enum]::Parse([type] $Kind, $Value)
        [KmsTools.Views]::State($state, 'Host') | Should -BeExactly "$(Get-Variable $Colour -ValueOnly)$Value`e[0m"
        [KmsTools.Views]::State($state, 'PlainText') | Should -BeExactly $Value
        [KmsTools.Views]::State($state, $null) | Should -BeExactly $Value
    }

    It 'of failures is red' {
        [KmsTools.Views]::Failure('Decrypt', 'DisabledException', 'Ansi') | Should -BeExactly "${red}Decrypt`e[0m"
        [KmsTools.Views]::Failure('Decrypt', $null, 'Ansi') | Should -BeExactly 'Decrypt'
        [KmsTools.Views]::Failure($null, $null, 'Ansi') | Should -BeExactly ''
    }

    It 'of times is UTC, and the same in every culture' {
        $local = $time.ToLocalTime()
        $before = [cultureinfo]::CurrentCulture
        try {
            # A Buddhist calendar; dots between hours and minutes.
            foreach ($culture in 'en-US', 'th-TH', 'fi-FI') {
                [cultureinfo]::CurrentCulture = $culture
                [KmsTools.Views]::Date($time) | Should -BeExactly '2026-11-27'
                [KmsTools.Views]::Minute($time) | Should -BeExactly '2026-11-27 13:04Z'
                [KmsTools.Views]::Time($time) | Should -BeExactly '2026-11-27 13:04:05Z'
                [KmsTools.Views]::LocalTime($time) | Should -Match ('^{0:0000}-{1:00}-{2:00} {3:00}:\d\d:05 [+-]\d\d:\d\d$' -f $local.Year, $local.Month, $local.Day, $local.Hour)
            }
        }
        finally {
            [cultureinfo]::CurrentCulture = $before
        }
    }

    It 'of <Call> is <Shown>' -ForEach @(
        @{ Call = { [KmsTools.Views]::KeyId('arn:aws:kms:us-east-1:111122223333:key/mrk-1') }; Shown = 'mrk-1' }
        @{ Call = { [KmsTools.Views]::KeyId('arn:aws:kms:us-east-1:111122223333:alias/key/a') }; Shown = 'arn:aws:kms:us-east-1:111122223333:alias/key/a' }
        @{ Call = { [KmsTools.Views]::KeyId('1234') }; Shown = '1234' }
        @{ Call = { [KmsTools.Views]::Region('arn:aws:kms:eu-west-1:111122223333:key/mrk-1') }; Shown = 'eu-west-1' }
        @{ Call = { [KmsTools.Views]::Region('arn:aws:kms') }; Shown = '' }
        @{ Call = { [KmsTools.Views]::Abbreviation('abcdefghijklm') }; Shown = 'abcdefghijkl...' }
        @{ Call = { [KmsTools.Views]::Abbreviation('abcdefghijkl') }; Shown = 'abcdefghijkl' }
        @{ Call = { [KmsTools.Views]::Bytes([KmsTools.KmsBlob]::new([byte[]] 65)) }; Shown = '1 byte' }
        @{ Call = { [KmsTools.Views]::Bytes([KmsTools.KmsBlob]::new([byte[]] (65, 66))) }; Shown = '2 bytes' }
        @{ Call = { [KmsTools.Views]::List([string[]] ('a', 'b')) }; Shown = 'a, b' }
        @{ Call = { [KmsTools.Views]::Lines([string[]] ('a', 'b')) }; Shown = "a$([Environment]::NewLine)b" }
        @{ Call = { [KmsTools.Views]::Count([string[]] @()) }; Shown = '0 entries' }
        @{ Call = { [KmsTools.Views]::Count([string[]] 'a') }; Shown = '1 entry' }
        @{ Call = { [KmsTools.Views]::Count([string[]] ('a', 'b')) }; Shown = '2 entries' }
        @{ Call = { [KmsTools.Views]::AtMost(4096) }; Shown = 'at most 4096' }
        @{ Call = { [KmsTools.Views]::Seconds(1) }; Shown = '1 second' }
        @{ Call = { [KmsTools.Views]::Seconds(60) }; Shown = '60 seconds' }
    ) {
        & $Call | Should -BeExactly $Shown
    }

    It 'of nothing is nothing' {
        foreach ($function in [KmsTools.Views].GetMethods([Reflection.BindingFlags] 'Public, Static, DeclaredOnly') | Where-Object Name -NotIn 'Grantee', 'ActiveHsms', 'ActiveOfAll', 'Caller', 'What', 'ClockKind', 'Clock') {
            $nothing = [object[]]::new($function.GetParameters().Count)
            $function.Invoke($null, $nothing) | Should -BeExactly (@{ Count = '0 entries'; Upcoming = 'nothing'; Roots = 'system' }[$function.Name] ?? '') -Because $function.Name
        }
    }
}

Describe 'Text that others have written' {
    It 'is shown with its control characters as escapes' {
        $talking = New-KmsKey -Description $evil
        Show $talking Format-List | Should -BeLike "*Description*: *$([WildcardPattern]::Escape($shown))*"
        Show $talking Format-Table | Should -BeLike "*$([WildcardPattern]::Escape($shown))*"
        $sealed = Invoke-KmsEncrypt $talking.KeyId -Plaintext 'x' -EncryptionContext @{ $evil = $evil }
        $used = Get-KmsEvent -EventName Encrypt | Where-Object { $_.Resources -contains $talking.Arn }
        Show $used Format-List | Should -BeLike "*RequestParameters*encryptionContext = { $([WildcardPattern]::Escape("$shown = '$shown'")) }*"
        $null = Get-ErrorOf { Invoke-KmsDecrypt $sealed.CiphertextBlob -KeyId "alias/$evil" -EncryptionContext @{ $evil = $evil } }
        $all = @(Get-KmsEvent; Get-KmsKeyHistory $talking.KeyId; Get-KmsKey $talking.KeyId)
        foreach ($format in 'Format-List', 'Format-Table') {
            foreach ($one in $all) {
                Show $one $format | Should -Not -Match "`e\[2J|[`u{9b}`u{202e}]"
            }
        }
    }

    It 'keeps the lines of a document' {
        [KmsTools.Views]::Document("{`r`n`t`"a`": `"`e`u{85}`"`r}`n") | Should -BeExactly "{`r`n`t`"a`": `"\u001B\u0085`"\u000D}`n"
        [KmsTools.Views]::Text('Grüße, 鍵 🔑') | Should -BeExactly 'Grüße, 鍵 🔑'
    }
}

# A blob is text there, and what stands for a running program has no values without it.
Describe 'What CLIXML, jobs and remoting make of <Name>' -ForEach (
    $outputs | Where-Object { -not [IO.Stream].IsAssignableFrom($_.Type) -and $_.Name -notin 'KmsTools.KmsEndpoint', 'KmsTools.KmsXksProxy' }
) {
    BeforeAll {
        if (-not ('Sample' -as [type])) {
            Add-Type -ReferencedAssemblies ([KmsTools.KmsBlob].Assembly.Location), 'System.Collections', 'System.Collections.Immutable', 'System.Linq', 'System.Runtime' -TypeDefinition @'
                using System;
                using System.Collections;
                using System.Collections.Generic;
                using System.Collections.Immutable;
                using System.Linq;
                using System.Reflection;
                using System.Runtime.CompilerServices;

                // An object with a value of its own in each of its members, in their lists and parts too.
                public sealed class Sample
                {
                    private int _number;

                    public object Of(Type type, int depth = 0)
                    {
                        type = Nullable.GetUnderlyingType(type) ?? type;
                        int number = ++_number;
                        Type[] arguments = type.GenericTypeArguments;
                        Type item = type.IsArray ? type.GetElementType() : arguments.LastOrDefault();
                        if (type == typeof(string) || type == typeof(object)) return "text" + number;
                        if (type == typeof(bool)) return true;
                        if (type == typeof(DateTime)) return new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddHours(number);
                        if (type == typeof(DateTimeOffset)) return new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero).AddHours(number);
                        if (type == typeof(TimeSpan)) return TimeSpan.FromMinutes(number * 100);
                        if (type == typeof(KmsTools.KmsBlob)) return new KmsTools.KmsBlob(new byte[number]);
                        if (type == typeof(KmsTools.KmsSecretBlob)) return new KmsTools.KmsSecretBlob(new byte[number]);
                        if (type.IsEnum) { Array values = Enum.GetValues(type); return values.GetValue(number % values.Length); }
                        if (type.IsPrimitive) return Convert.ChangeType(number, type);
                        if (item is not null && typeof(IEnumerable).IsAssignableFrom(type))
                        {
                            if (arguments.Length == 2)
                            {
                                object pairs = typeof(ImmutableSortedDictionary<,>).MakeGenericType(arguments).GetField("Empty").GetValue(null);
                                object[] keys = arguments[0].IsEnum ? new[] { Enum.GetValues(arguments[0]).GetValue(1), Enum.GetValues(arguments[0]).GetValue(2) }
                                    : new object[] { "first", "second" };
                                foreach (object key in keys) pairs = pairs.GetType().GetMethod("Add").Invoke(pairs, new[] { key, Of(item, depth + 1) });
                                return pairs;
                            }

                            Array items = Array.CreateInstance(item, 2);
                            for (int i = 0; i < 2; i++) items.SetValue(Of(item, depth + 1), i);
                            return type.Name != "ImmutableArray`1" ? items : typeof(ImmutableArray).GetMethods()
                                .First(method => method.ToString().EndsWith("Create[T](T[])")).MakeGenericMethod(item).Invoke(null, new object[] { items });
                        }

                        if (!type.FullName.StartsWith("KmsTools.") || type.IsAbstract || depth > 6) return null;
                        object filled = RuntimeHelpers.GetUninitializedObject(type);
                        foreach (PropertyInfo property in type.GetProperties())
                        {
                            FieldInfo field = type.GetField($"<{property.Name}>k__BackingField", BindingFlags.Instance | BindingFlags.NonPublic);
                            if (field is not null && Of(field.FieldType, depth + 1) is { } value) field.SetValue(filled, value);
                        }

                        return filled;
                    }
                }
'@
        }

        $live = $Type -eq [KmsTools.KmsConnection] ? (Get-KmsConnection) : [Sample]::new().Of($Type)
    }

    It 'is shown as the object is, where it was written <Depth> levels deep' -ForEach @{ Depth = 1 }, @{ Depth = 2 } {
        $read = [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($live, $Depth))
        $read.PSTypeNames[0] | Should -BeExactly "Deserialized.$Name"
        foreach ($format in 'Format-List', 'Format-Table') {
            $PSStyle.OutputRendering = 'Ansi'
            $shown = $live | & $format | Out-String -Width 400
            $shown.Length | Should -BeGreaterThan 20
            $read | & $format | Out-String -Width 400 | Should -BeExactly $shown
        }
    }
}

Describe 'An object from CLIXML' {
    BeforeAll {
        function Get-Read($Value) {
            $Value | Export-Clixml "$TestDrive/value.xml"
            Import-Clixml "$TestDrive/value.xml"
        }
    }

    It 'shows the state and the next change of a key' {
        $due = (Get-KmsClock).UtcNow.AddDays(7).ToString('yyyy-MM-dd')
        (Format-At 160 (Get-Read (Get-KmsKey $gone.KeyId)))[2].TrimEnd() | Should -BeExactly (
            "                           $($gone.KeyId) PendingDeletion SYMMETRIC_DEFAULT   Deletion $due AWS_KMS")
        Format-At 160 (Get-Read (Get-KmsKey $gone.KeyId)) -List | Should -Contain 'KeyState              : PendingDeletion'
    }

    It 'shows the size of a ciphertext and of a plaintext, and no bytes' {
        $answer = Invoke-KmsEncrypt $key.KeyId -Plaintext 'secret'
        Format-At 80 (Get-Read $answer) -List | Should -Contain "CiphertextBlob      : $($answer.CiphertextBlob.Length) bytes"
        Format-At 80 (Get-Read ($answer | Invoke-KmsDecrypt)) -List | Should -Contain 'Plaintext           : 6 bytes'
    }

    It 'shows what an event is about, and who made the call' {
        $null = Get-KmsKey alias/orders
        (Format-At 160 (Get-Read (Get-KmsEvent -Last 1)))[2].TrimEnd() | Should -BeExactly (
            "$((Get-KmsClock).UtcNow.ToString("yyyy-MM-dd HH:mm:ss'Z'")) DescribeKey            alias/orders                         $([Environment]::UserName)")
    }

    It 'shows which key a change is due for, and the state of a store' {
        $at = (Get-KmsClock).UtcNow.AddDays(7).ToString("yyyy-MM-dd HH:mm'Z'")
        (Format-At 80 (Get-Read (Get-KmsSchedule | Where-Object KeyId -EQ $gone.KeyId)))[2].TrimEnd() | Should -BeExactly "$at 7 d     Deletion       $($gone.KeyId)"
        Get-Read (Get-KmsSchedule | Where-Object KeyId -EQ $gone.KeyId) | Format-Table -View Timeline | Out-String |
            Should -BeLike "*$($gone.KeyId.Substring(0, 23))* x $($at.Substring(0, 10)) in 7 d*"
        $lines = Format-At 160 (Get-Read (Get-KmsStatus)) -List
        $lines | Should -Contain "Next due      : Deletion of $($gone.KeyId) on $at"
        $lines -match '^Keys          : \d+: .*1 PendingDeletion$' | Should -HaveCount 1
        $lines | Should -Contain 'Key stores    : none'
    }

    It 'shows an endpoint as it was' {
        $endpoint = Start-KmsEndpoint
        try {
            $read = Get-Read $endpoint
            Format-At 120 $read -List | Should -Be (Format-At 120 $endpoint -List)
            (Format-At 120 $read)[2] | Should -BeLike "$($endpoint.Url) *$($endpoint.ProcessId) * True *"
        }
        finally {
            Stop-KmsEndpoint
        }
    }

    It 'shows the same from a job' {
        $read = Start-Job { $using:key } | Receive-Job -Wait -AutoRemoveJob
        Format-At 160 $read -List | Should -Contain 'KeyState              : Enabled'
    }
}
