using KmsTools.Operations;
using KmsTools.WebConsole.Keys;
using Microsoft.AspNetCore.Components;

namespace KmsTools.WebConsole.Layout;

/// <summary>A page that lists keys: one call of ListKeys, and of each key what DescribeKey would show.</summary>
public abstract class KeyListPage : ConsolePage
{
    /// <summary>Which keys are shown.</summary>
    internal KeyQuery KeyQuery { get; private set; } = new();

    /// <summary>The keys on the page.</summary>
    internal KeySelection Selection { get; private set; } = null!;

    /// <summary>Who manages the keys.</summary>
    protected abstract KeyManagerType Manager { get; }

    [Inject]
    private KeyIndex Index { get; set; } = null!;

    /// <inheritdoc/>
    protected override void Load()
    {
        KeyQuery = KeyQuery.Of(Http.Request.Query, Manager);
        Session.Call(new ListKeysRequest { Limit = KeyQuery.PageSize });
        KeyList list = Index.Read(Session.Region);
        Selection = KeySelection.Of(list, KeyQuery, Index.AccessOf(Session.SignIn!, Session.Caller, list));
    }
}
