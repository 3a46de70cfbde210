using System.Collections;
using System.Management.Automation;
using System.Reflection;
using KmsTools.Commands;

namespace KmsTools.Completion;

/// <summary>Completes the values of -Select: '*', the members of the response, and '^' with the parameters of the cmdlet.</summary>
public sealed class SelectCompleter : LiveCompleter
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound)
    {
        if (KeyCompleter.FindCmdlet(command) is not { } cmdlet)
        {
            return [];
        }

        return
        [
            new Completion("*", "The whole response"),
            .. cmdlet.Response.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Select(static member => new Completion(member.Name, "A member of the response")),
            .. cmdlet.Type.GetProperties()
                .Where(
                    static property => property.IsDefined(typeof(ParameterAttribute)) && property.DeclaringType != typeof(KmsServiceCmdlet))
                .Select(static property => new Completion("^" + property.Name, $"The value of -{property.Name}")),
        ];
    }
}
