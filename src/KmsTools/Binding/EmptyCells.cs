using System.Management.Automation;

namespace KmsTools.Binding;

/// <summary>
/// The parameters of a cmdlet that a row leaves empty, such as one of Import-Csv, which has an empty text where a value is missing. A
/// parameter that takes an empty text says so by <see cref="AllowEmptyStringAttribute"/>. What was typed is not a cell: an empty text there is
/// a variable that was not set.
/// </summary>
internal sealed class EmptyCells
{
    private readonly HashSet<string> _typed;

    /// <summary>Notes what was typed.</summary>
    /// <param name="invocation">The invocation, before there is input.</param>
    public EmptyCells(InvocationInfo invocation)
    {
        _typed = [.. invocation.BoundParameters.Keys];
    }

    /// <summary>Sets the parameters of empty cells to null.</summary>
    /// <param name="cmdlet">The cmdlet, with a row.</param>
    public void LeaveOut(PSCmdlet cmdlet)
    {
        foreach ((string name, object? value) in cmdlet.MyInvocation.BoundParameters)
        {
            if (value is "" or string[] and [""] && !_typed.Contains(name)
                && IsOptional(cmdlet.MyInvocation.MyCommand.Parameters[name]))
            {
                cmdlet.GetType().GetProperty(name)!.SetValue(cmdlet, null);
            }
        }
    }

    // An input as a whole is not a cell, and names what the call is about.
    private static bool IsOptional(ParameterMetadata parameter) => parameter.Attributes.All(static attribute =>
        attribute is not (AllowEmptyStringAttribute
            or ParameterAttribute { Mandatory: true } or ParameterAttribute { ValueFromPipeline: true }));
}
