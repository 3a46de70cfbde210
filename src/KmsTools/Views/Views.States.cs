using System.Management.Automation;
using KmsTools.Estates;
using KmsTools.KeyStores;

namespace KmsTools;

// Colors of states: green is good, yellow is temporary or waiting, red requires action, dim requires none.
public static partial class Views
{
    // The values that $PSStyle has under these names; it has no setters.
    private const string Red = "\e[31m";
    private const string Green = "\e[32m";
    private const string Yellow = "\e[33m";
    private const string Cyan = "\e[36m";
    private const string Dim = "\e[90m";
    private const string Reset = "\e[0m";

    private static readonly Type[] s_states =
    [
        typeof(KeyState), typeof(ConnectionStateType), typeof(HsmState), typeof(AlarmState), typeof(OrphanKind), typeof(EstateAction),
        typeof(AccessDecisionType),
    ];

    /// <summary>A state in its color.</summary>
    /// <param name="state">
    /// The state of a key, key store, HSM, cluster or alarm, the kind of orphaned key material, the action of an import, or a decision about
    /// access; null returns an empty text.
    /// </param>
    /// <param name="rendering"><c>$PSStyle.OutputRendering</c>; with null or PlainText nothing is coloured.</param>
    public static string State(PSObject? state, object? rendering) =>
        state?.ToString() is not { } text ? "" : Paint(Text(text), ColourOf(Live(state)), rendering);

    /// <summary>A text in red if something failed, otherwise unchanged.</summary>
    /// <param name="text">The text, or null.</param>
    /// <param name="failure">The error code; null or empty if nothing failed.</param>
    /// <param name="rendering"><c>$PSStyle.OutputRendering</c>; with null or PlainText nothing is coloured.</param>
    public static string Failure(string? text, string? failure, object? rendering) =>
        string.IsNullOrEmpty(text) ? "" : string.IsNullOrEmpty(failure) ? Text(text) : Paint(Text(text), Red, rendering);

    /// <summary>The beginning of a long text, in red if something failed.</summary>
    /// <param name="text">The text, or null.</param>
    /// <param name="failure">The error code; null or empty if nothing failed.</param>
    /// <param name="rendering"><c>$PSStyle.OutputRendering</c>; with null or PlainText nothing is coloured.</param>
    public static string FailureExcerpt(string? text, string? failure, object? rendering) => Failure(Excerpt(text), failure, rendering);

    private static string Paint(string text, string colour, object? rendering) =>
        rendering?.ToString() is null or "PlainText" ? text : colour + text + Reset;

    // A state that has become a number with a text is the state again; anything else is what it is.
    private static object Live(PSObject state)
    {
        const string deserialized = "Deserialized.";
        string name = state.TypeNames.FirstOrDefault() ?? "";
        Type? kind = name.StartsWith(deserialized, StringComparison.Ordinal)
            ? Array.Find(s_states, type => type.FullName == name[deserialized.Length..])
            : null;
        return kind is not null && Enum.TryParse(kind, state.ToString(), out object? value) ? value : state.BaseObject;
    }

    private static string ColourOf(object state) => state switch
    {
        KeyState.Enabled or ConnectionStateType.CONNECTED or HsmState.ACTIVE or AlarmState.OK or EstateAction.Created
            or AccessDecisionType.Allowed => Green,
        EstateAction.Updated => Cyan,
        KeyState.Creating or KeyState.Updating or KeyState.PendingImport or EstateAction.Waiting => Yellow,
        KeyState.Disabled or EstateAction.Unchanged => Dim,
        KeyState or ConnectionStateType.FAILED or HsmState.DEGRADED or AlarmState or OrphanKind.KEY_WITHOUT_MATERIAL
            or AccessDecisionType => Red,
        _ => Yellow,
    };
}
