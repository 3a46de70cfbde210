using KmsTools.Operations;
using Microsoft.AspNetCore.Components;

namespace KmsTools.WebConsole.Layout;

/// <summary>A page about one custom key store: one call of DescribeCustomKeyStores, and what the page itself asks for.</summary>
public abstract class KeyStorePage : ConsolePage
{
    /// <summary>The ID of the custom key store.</summary>
    [Parameter]
    public string CustomKeyStoreId { get; set; } = "";

    /// <summary>The custom key store as DescribeCustomKeyStores shows it; null if it could not be read.</summary>
    public CustomKeyStoresListEntry? Store { get; private set; }

    /// <summary>The number of its keys, of any state; null where the session may not know.</summary>
    public long? KeyCount { get; private set; }

    /// <summary>Whether it is an external key store.</summary>
    public bool IsExternal => Store?.CustomKeyStoreType == CustomKeyStoreType.EXTERNAL_KEY_STORE;

    /// <summary>Its name, or its ID where that is not known.</summary>
    public string StoreName => Store?.CustomKeyStoreName ?? CustomKeyStoreId;

    /// <summary>The number of its keys, as words.</summary>
    public string KeysInWords => KeyCount switch
    {
        null => "All KMS keys in it",
        1 => "1 KMS key in it",
        { } count => $"{count} KMS keys in it",
    };

    /// <summary>The URL of the page of the custom key store, or of one that does something with it.</summary>
    public string StoreLink(string? act = null) => Links.ToKeyStore(Session.Region, CustomKeyStoreId, act);

    /// <inheritdoc/>
    protected sealed override void Load()
    {
        Store = Session.Call(new DescribeCustomKeyStoresRequest { CustomKeyStoreId = CustomKeyStoreId }).CustomKeyStores[0];
        if (Session.IsAdministrator)
        {
            using Persistence.IStateReader state = Session.Administration.OpenReader();
            KeyCount = state.CountKeysInStore(Store.CustomKeyStoreId);
            LoadDetails(state);
        }
    }

    /// <summary>Reads more of a custom key store that DescribeCustomKeyStores has shown; only in sessions of the administrator.</summary>
    protected virtual void LoadDetails(Persistence.IStateReader state)
    {
    }
}
