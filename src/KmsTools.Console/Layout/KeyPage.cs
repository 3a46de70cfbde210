using KmsTools.Operations;
using Microsoft.AspNetCore.Components;

namespace KmsTools.WebConsole.Layout;

/// <summary>A page about one key: one call of DescribeKey, and what its tab asks for.</summary>
public abstract class KeyPage : ConsolePage
{
    /// <summary>The ID of the key.</summary>
    [Parameter]
    public string KeyId { get; set; } = "";

    /// <summary>The key as DescribeKey shows it.</summary>
    public KeyMetadata Key { get; private set; } = null!;

    /// <summary>The URL of a tab of the key, or of a page that does something with it.</summary>
    public string KeyLink(string? tab = null) => Links.ToKey(Session.Region, KeyId, tab);

    /// <inheritdoc/>
    protected sealed override void Load()
    {
        Key = Session.Call(new DescribeKeyRequest { KeyId = KeyId }).KeyMetadata;
        LoadTab();
    }

    /// <summary>Reads what the tab shows, after the key.</summary>
    protected virtual void LoadTab()
    {
    }
}
