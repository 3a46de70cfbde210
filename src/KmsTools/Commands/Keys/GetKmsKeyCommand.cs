using System.Collections;
using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>Gets information about KMS keys: about one, or about all that match.</summary>
/// <remarks>
/// A key that is named is one call of DescribeKey, as in AWS.Tools. Without a key, and with wildcards, the keys of the Region are listed:
/// one call of ListKeys for each 1000 keys, and no further calls. Keys on which the caller does not have kms:DescribeKey are left out, with
/// a warning.
/// </remarks>
/// <example>
/// <code>
/// Get-KmsKey alias/orders
/// </code>
/// <para>Gets the key that an alias refers to.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsKey
/// </code>
/// <para>Gets all keys of the Region, with their aliases.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsKey alias/shop-* -KeyState Enabled, Disabled -Tag @{ team = 'shop' }
/// </code>
/// <para>Gets the keys with such an alias, in one of these states, with this tag.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsKeyList | Get-KmsKey | Where-Object KeyState -eq PendingDeletion
/// </code>
/// <para>Gets the keys that are pending deletion, as with AWS.Tools.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsKey", DefaultParameterSetName = ListSet, HelpUri = HelpPages.Api + "DescribeKey.html")]
[OutputType(typeof(KeyMetadata))]
public sealed class GetKmsKeyCommand : KmsOperationCmdlet<DescribeKeyRequest, DescribeKeyResponse>
{
    private const string KeySet = "Key";
    private const string ListSet = "List";

    /// <summary>
    /// The key: its ID, ARN, alias name or alias ARN. With wildcards (*, ?, [a-z]), all keys whose ID, ARN or alias matches; an alias also
    /// matches without alias/.
    /// </summary>
    [Parameter(
        Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = KeySet)]
    [AllowNull]
    [AllowEmptyString]
    [KeyArgument]
    [ArgumentCompleter(typeof(KeyCompleter))]
    public string? KeyId { get; set; }

    /// <summary>Gets only keys in one of these states.</summary>
    [Parameter]
    public KeyState[]? KeyState { get; set; }

    /// <summary>Gets only keys with these tags: a hashtable of their keys and values. Values may have wildcards.</summary>
    [Parameter]
    [Alias("Tags")]
    [PairsArgument]
    public Hashtable? Tag { get; set; }

    /// <summary>Gets only keys of this custom key store.</summary>
    [Parameter]
    [KeyStoreArgument]
    [ArgumentCompleter(typeof(CustomKeyStoreCompleter))]
    public string? CustomKeyStoreId { get; set; }

    /// <summary>Grant tokens.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("GrantTokens")]
    [GrantTokenArgument]
    public string[]? GrantToken { get; set; }

    private protected override object? Subject => KeyId;

    private protected override string? DefaultSelect => nameof(DescribeKeyResponse.KeyMetadata);

    private protected override DescribeKeyRequest CreateRequest() => CreateRequest(KeyId);

    private protected override void Process()
    {
        RequireKeyStore();
        RequireTags();
        if (ParameterSetName == KeySet && (KeyId is null || !WildcardPattern.ContainsWildcardCharacters(KeyId)))
        {
            base.Process();
            return;
        }

        NoteCommonParameters();
        List(KeyId is null ? null : new WildcardPattern(KeyId, WildcardOptions.IgnoreCase), ReadSelection());
    }

    // A name in place of the ID would match no key, in silence.
    private void RequireKeyStore()
    {
        if (CustomKeyStoreId is not null && !WildcardPattern.ContainsWildcardCharacters(CustomKeyStoreId))
        {
            using IStateReader state = Engine.OpenReader();
            _ = KeyStoreName.Require(state, CallRegion ?? Engine.Properties.Region, CustomKeyStoreId);
        }
    }

    // A variable that was not set would match only empty values.
    private void RequireTags()
    {
        if (Tag?.Cast<DictionaryEntry>().FirstOrDefault(static wanted => wanted.Value is null) is { Key: { } key })
        {
            throw new ArgumentException($"The value of the tag '{key}' in -Tag is $null. Write '' for an empty value, * for any.");
        }
    }

    private protected override void Call(DescribeKeyRequest request, Selection? selection)
    {
        DescribeKeyResponse response = Execute(request);
        using IStateReader state = Engine.OpenReader();
        KeyMetadata found = response.KeyMetadata;
        if (!HasFilters || (state.FindKey(Views.Region(found.Arn), found.KeyId) is { } key && Matches(key)))
        {
            Write(selection, response);
        }
    }

    private bool HasFilters => KeyState is not null || Tag is not null || CustomKeyStoreId is not null;

    private DescribeKeyRequest CreateRequest(string? key) => new()
    {
        KeyId = key,
        GrantTokens = GrantToken,
    };

    private void List(WildcardPattern? pattern, Selection? selection)
    {
        int denied = 0;
        using IStateReader state = Engine.OpenReader();
        ILookup<string, string>? aliases = pattern is null ? null
            : state.ListAliases(CallRegion ?? Engine.Properties.Region, null, null, int.MaxValue)
                .ToLookup(static alias => alias.TargetKeyId, static alias => alias.AliasName);
        foreach (KeyListEntry entry in ListKeys())
        {
            if (Stopping)
            {
                return;
            }

            if (pattern is not null && !Names(entry, aliases![entry.KeyId]).Any(pattern.IsMatch))
            {
                continue;
            }

            if (Find(entry.KeyArn, ref denied) is { } key && Matches(key))
            {
                Write(selection, new DescribeKeyResponse { KeyMetadata = KeyMetadata.Of(key) });
            }
        }

        if (denied > 0)
        {
            WriteWarning($"{denied} key{(denied == 1 ? " is" : "s are")} left out: the caller does not have kms:DescribeKey on "
                + $"{(denied == 1 ? "it" : "them")}.");
        }
    }

    private IEnumerable<KeyListEntry> ListKeys()
    {
        const int pageSize = 1000;
        KmsEngine engine = Engine;
        string? marker = null;
        do
        {
            BeginCall();
            Caller caller = Caller;
            ListKeysRequest request = new() { Limit = pageSize, Marker = marker };
            ListKeysResponse page = new CallProgress(this, Activity).Run(() => engine.Execute(request, caller));
            foreach (KeyListEntry entry in page.Keys)
            {
                yield return entry;
            }

            marker = page.NextMarker;
        }
        while (!string.IsNullOrEmpty(marker));
    }

    // What DescribeKey would show to this caller.
    private Key? Find(string keyArn, ref int denied)
    {
        try
        {
            return Engine.Preview(CreateRequest(keyArn), Caller) is [var target, ..] ? target.Key : null;
        }
        catch (KmsException exception) when (exception.ErrorCode == "AccessDeniedException")
        {
            denied++;
            return null;
        }
        catch (KmsException exception) when (exception.ErrorCode == "NotFoundException")
        {
            // Deleted since it was listed.
            return null;
        }
    }

    private static IEnumerable<string> Names(KeyListEntry entry, IEnumerable<string> aliases)
    {
        const string prefix = "alias/";
        return [entry.KeyId, entry.KeyArn, .. aliases.SelectMany(static alias => new[] { alias, alias[prefix.Length..] })];
    }

    private bool Matches(Key key) =>
        (KeyState is null || KeyState.Contains(key.State))
        && (CustomKeyStoreId is null || key.CustomKeyStoreId == CustomKeyStoreId)
        && (Tag is null || Tag.Cast<DictionaryEntry>().All(wanted => key.Tags.Any(tag =>
            tag.TagKey == $"{wanted.Key}" && new WildcardPattern($"{wanted.Value}", WildcardOptions.None).IsMatch(tag.TagValue))));
}
