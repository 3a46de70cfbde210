using KmsTools.WebConsole.Layout;
using KmsTools.WebConsole.Problems;
using Microsoft.AspNetCore.Components;

namespace KmsTools.WebConsole.Pages.Principals;

/// <summary>A page about a user, role or group.</summary>
public abstract class PrincipalPage : ConsolePage
{
    /// <summary>users, roles or groups.</summary>
    [Parameter]
    public string Kind { get; set; } = "";

    /// <summary>The name in the URL.</summary>
    [Parameter]
    public string Name { get; set; } = "";

    /// <summary>The principal.</summary>
    protected Principal Principal { get; private set; } = null!;

    /// <summary>The pages above it.</summary>
    protected (string Name, string Url)[] Trail => [("Principals", Link("principals"))];

    /// <summary>The pages above a page that does something with it.</summary>
    protected (string Name, string Url)[] TrailBelow => [.. Trail, (Name, PrincipalLink())];

    /// <summary>What it is, for sentences.</summary>
    protected string Noun => PrincipalWords.Of(Principal.Type).Name;

    /// <summary>The URL of the principal, or of a page that does something with it.</summary>
    /// <param name="more">The part after the name, or null.</param>
    protected string PrincipalLink(string? more = null) => Link(
        $"principals/{Uri.EscapeDataString(Kind)}/{Uri.EscapeDataString(Name)}{(more is null ? "" : $"/{more}")}");

    /// <inheritdoc/>
    protected sealed override void Load()
    {
        PrincipalType type = PrincipalWords.TypeOf(Kind);
        Principal = Session.Administration.Principals.Find(type, Name)
            ?? throw new MissingException($"There is no {PrincipalWords.Of(type).Name} {Name} in this store.");
        LoadPart();
    }

    /// <summary>Reads what else the page shows.</summary>
    protected virtual void LoadPart()
    {
    }
}
